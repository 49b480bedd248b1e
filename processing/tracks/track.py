"""Tracks in media time and video pixels."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput

# Between samples further apart nobody knows where a hand or an eye was: eye trackers lose the eye in blinks.
LONGEST_GAP_US = 100_000


@dataclass(frozen=True)
class Track:
    """Where one observer's hand was on one clip.

    t_us: int64 (N,), media time in µs, strictly ascending; may lie before 0 and after the clip's end.
    x_px, y_px: float64 (N,), video pixels, origin top left; may lie outside the picture.
    equal_times: of samples at equal times the last one counts; so many others were left out here.
    Raises BadInput when time runs backwards, a position is not finite, or the lengths differ.
    """

    observer: str
    t_us: NDArray[np.int64]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    equal_times: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        t_us = np.asarray(self.t_us, np.int64)
        x_px, y_px = np.asarray(self.x_px, np.float64), np.asarray(self.y_px, np.float64)
        if not len(t_us) == len(x_px) == len(y_px):
            raise BadInput(f"observer {self.observer}: times and positions differ in number; pair them")
        if not (np.isfinite(x_px).all() and np.isfinite(y_px).all()):
            raise BadInput(f"observer {self.observer}: a position is not a finite number; drop that sample")
        moves_on = t_us[1:] > t_us[:-1]
        chosen: slice | NDArray[np.bool_] = slice(None)
        if not moves_on.all():
            if (t_us[1:] < t_us[:-1]).any():
                raise BadInput(f"observer {self.observer}: time runs backwards; sort the samples")
            chosen = np.append(moves_on, True)  # the last of its time
            object.__setattr__(self, "equal_times", int(np.count_nonzero(~chosen)))
        for name, values in (("t_us", t_us), ("x_px", x_px), ("y_px", y_px)):
            object.__setattr__(self, name, values[chosen])

    @property
    def gaps(self) -> int:
        """How often nobody knows where it was: samples more than `LONGEST_GAP_US` apart."""
        return int(np.count_nonzero(np.diff(self.t_us) > LONGEST_GAP_US))


@dataclass(frozen=True)
class Dropped:
    """An observer who was left out, and why, in one line for a person."""

    observer: str
    reason: str
