"""All that can be said of one recording by itself."""

from dataclasses import dataclass
from fractions import Fraction

from processing.align import RawTrack
from processing.plausibility.frames import frame_reasons
from processing.plausibility.motion import Moves, motion_reasons
from processing.plausibility.reasons import Reason
from processing.plausibility.rules import Rules
from processing.plausibility.timing import Upload, event_clock_reasons, rest_reasons, upload_reasons


@dataclass(frozen=True)
class Clip:
    """What was shown."""

    fps: Fraction
    frames: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.frames / self.fps)


def examine(
    raw: RawTrack, clip: Clip, *, upload: Upload | None, screen_px: float = 1.0, rules: Rules | None = None
) -> list[Reason]:
    """Reasons to doubt that a hand made this recording, the strongest first.

    upload: what the server's clock saw; None where the page's clock was not a real one (a simulation that runs
    faster than life), and everything else is looked at all the same. screen_px: the size of the largest device pixel
    in client px, above 1 where the page was zoomed out.
    """
    rules = rules or Rules()
    moves = Moves.of(raw)
    found = motion_reasons(moves, screen_px, rules) + event_clock_reasons(moves, rules)
    found += rest_reasons(raw, rules) + frame_reasons(raw, clip.fps, clip.frames, rules)
    if upload is not None:
        found += upload_reasons(raw, upload, clip.duration_s, rules)
    return sorted(found, key=lambda one: (-one.strength, one.code))
