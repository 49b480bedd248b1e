"""A reason: a code, how strongly it speaks, and the numbers behind it, in words for a person."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

STRONGEST = 0.95  # nothing that is computed is a proof
FAINTEST = 0.05  # what speaks less is not worth a line

SENTENCES = {
    "too_smooth": "{share:.0%} of the longer strokes follow a polynomial to within {within_px} px: no tremor",
    "straight_lines": "{share:.0%} of the motion runs along straight lines at constant speed",
    "jumping": "the cursor jumps to and fro by {step_px:.0f} px from event to event",
    "coarse_lattice": "every position lies on a lattice of {step_px:.2f} px; the screen's is {screen_px:.2f} px",
    "clock_grid": "events come every {period_us:.0f} µs, to within {jitter_us:.1f} µs: no mouse is so even",
    "too_many_moves": "{per_s:.0f} events a second: no mouse reports so many",
    "too_many_rests": "{rests} rests where the frame log leaves room for {chances}",
    "uploaded_early": "the recording was {ahead_s:.1f} s further than the time since the trial was opened",
    "no_frames": "samples without a single frame on the screen",
    "frames_backwards": "{share:.0%} of the frames come out of order",
    "frames_off_their_times": "{share:.0%} of the frames have media times that no frame of this clip has",
    "frames_miscounted": "the count of presented frames does not fit {share:.0%} of the frames",
    "frames_shown_elsewhen": "frames were announced {median_ms:.0f} ms away from when they were shown",
    "frames_too_fast": "the clip ran {speed:.2f} times as fast as the clock",
    "frames_and_samples_apart": "{share:.0%} of the samples were taken while no frame was being shown",
}


@dataclass(frozen=True)
class Reason:
    """`strength` 0 to STRONGEST; `seen`: the numbers that the sentence of `code` names."""

    code: str
    strength: float
    seen: dict[str, float | int] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """For a person."""
        return SENTENCES[self.code].format(**self.seen)

    def document(self) -> dict[str, Any]:
        """For storing: code, strength, numbers and sentence."""
        seen = {name: round(float(value), 4) for name, value in self.seen.items()}
        return {
            "code": self.code,
            "strength": round(self.strength, 4),
            "seen": seen,
            "sentence": self.sentence,
        }


def reason(code: str, value: float, bounds: tuple[float, float], **seen: float | int) -> list[Reason]:
    """A reason as strong as `value` is on the way from bounds[0] to bounds[1], or none; bounds may fall."""
    strength = STRONGEST * ramp(value, *bounds)
    return [Reason(code, strength, seen)] if strength >= FAINTEST else []


def ramp(value: float, begin: float, end: float) -> float:
    """0 at `begin` and before, 1 at `end` and beyond, straight between; `end` may lie below `begin`."""
    return min(1.0, max(0.0, (value - begin) / (end - begin)))


def combined(strengths: Iterable[float]) -> float:
    """One score of several strengths, as if each left that much less room for innocence."""
    return 1.0 - math.prod(1.0 - strength for strength in strengths)
