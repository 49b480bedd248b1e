"""Every threshold of the examination, in one place with a fingerprint."""

import hashlib
import json
from dataclasses import asdict, dataclass

VERSION = 1  # raised when a rule looks at something else than before


@dataclass(frozen=True)
class Rules:
    """From where to where each reason grows from nothing to its full strength.

    Client px are CSS px, since hands, mice and screens live there and not in the video's pixels; shares are of the
    clip's time, or of the picture's longer side where a distance is meant. The thresholds were set between what
    simulated hands, recorded eyes and the forgers of the tests show, not derived.
    """

    # A hand trembles: even in one stroke it leaves a smooth curve by more than a screen pixel.
    smooth_window_s: float = 1.0
    smooth_degree: int = 5
    smooth_px: float = 0.4
    smooth_share: tuple[float, float] = (0.65, 0.95)
    # Nor does it keep a constant speed along a line.
    straight_window_s: float = 0.25
    straight_px: float = 0.2
    straight_share: tuple[float, float] = (0.7, 0.9)
    # A hand has a direction; places drawn at random have none.
    jump_px: float = 8.0
    jump_alternation: tuple[float, float] = (1.5, 2.5)
    # Mice report device pixels; positions on a coarser lattice were computed.
    lattice_px: tuple[float, float] = (1.05, 2.0)
    # Pointer events come on the mouse's and the system's clock, whose unevenness is far above this.
    grid_jitter_us: tuple[float, float] = (25.0, 10.0)
    # The fastest mice report 8,000 times a second.
    moves_per_s: tuple[float, float] = (8_500.0, 10_000.0)
    # The player writes one rest a frame, and one every 20 ms while the picture stands.
    rests_per_chance: tuple[float, float] = (1.3, 2.0)
    # What a page says happened cannot have taken longer than since we opened the trial.
    upload_ahead_s: tuple[float, float] = (0.5, 2.0)
    # Frames come in order, at their times, counted upwards, and are announced about when they are shown.
    frame_time_us: float = 1_500.0
    frames_off_share: tuple[float, float] = (0.05, 0.3)
    shown_after_ms: tuple[float, float] = (400.0, 1_000.0)
    media_speed: tuple[float, float] = (1.04, 1.15)
    apart_share: tuple[float, float] = (0.1, 0.5)
    # Two hands that follow the same thing keep further from each other than this.
    copy_scale: tuple[float, float] = (0.8, 1.25)
    copy_distance_share: float = 0.006
    copy_time_share: tuple[float, float] = (0.55, 0.85)
    copy_shift_s: float = 3.0
    copy_crowd_ratio: tuple[float, float] = (0.5, 0.3)

    def fingerprint(self) -> str:
        """SHA-256 over all thresholds and the version of the rules."""
        said = json.dumps({"version": VERSION} | asdict(self), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()
