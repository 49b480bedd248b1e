"""Windows of a clip, in seconds: which pictures a model sees together, and which of them have targets.

Nothing here counts frames, so that clips of every rate are seen alike. A window may hang over either end of its
clip; its places out there repeat the first or last picture and are not valid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_ROUNDING_S = 1e-6


class Pick(NamedTuple):
    """One window: number of the clip in its set, media time of offset 0, and the factor on all offsets."""

    clip: int
    start_s: float
    stretch: float = 1.0


@dataclass(frozen=True)
class Window:
    """The shape of a window of T pictures, K of which have targets.

    offsets_s: when each picture is, in seconds from the window's start, in the order that the model wants.
    targets: places among these, in the order of the model's maps. jitter: largest relative change of all offsets.
    overhang: share of the targets' span by which a window may hang over an end of its clip.
    sound_before_s: sound begins so long before the first picture and ends with the last; None for no sound.
    skip_first_s: moments before it have no target, because the hand still comes from where it was.
    """

    offsets_s: tuple[float, ...]
    targets: tuple[int, ...]
    jitter: float = 0.0
    overhang: float = 0.25
    sound_before_s: float | None = None
    skip_first_s: float = 0.0

    @classmethod
    def dense(cls, pictures: int, stride_s: float, *, jitter: float = 0.0) -> Window:
        """So many pictures at one distance, each with a target."""
        return cls(tuple(place * stride_s for place in range(pictures)), tuple(range(pictures)), jitter)

    @classmethod
    def lagged(cls, lags_s: Sequence[float]) -> Window:
        """One moment, with pictures that lie so far back; the first lag belongs to the target."""
        return cls(tuple(-lag_s for lag_s in lags_s), (0,))

    @property
    def target_span_s(self) -> float:
        """From the first target to the last."""
        times = [self.offsets_s[place] for place in self.targets]
        return max(times) - min(times)

    def starts(self, duration_s: float) -> tuple[float, float]:
        """The earliest and the latest start in a clip that lasts so long, in seconds of media time."""
        first = min(self.offsets_s[place] for place in self.targets)
        room, over = duration_s - self.target_span_s, self.overhang * self.target_span_s
        if room < 0:
            return room - first, -first
        return -over - first, room + over - first

    @property
    def least_gap_s(self) -> float:
        """The least time between two pictures, with the offsets as near as the jitter brings them; inf for one."""
        times = sorted(self.offsets_s)
        return min((later - earlier for earlier, later in pairwise(times)), default=inf) * (1 - self.jitter)

    def repeats(self, kept_every_s: float) -> bool:
        """Whether it shows a picture of a clip twice where pictures are kept so far apart."""
        return kept_every_s > self.least_gap_s + _ROUNDING_S

    def outlasts(self, duration_s: float) -> bool:
        """Whether a clip of that length cannot fill the window."""
        return self.target_span_s > duration_s


def drawn_starts(
    window: Window, duration_s: float, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """One start in each of `count` equal parts of all that are possible, float64 (count,)."""
    edges = np.linspace(*window.starts(duration_s), count + 1)
    return rng.uniform(edges[:-1], edges[1:])


def even_starts(window: Window, duration_s: float, count: int) -> NDArray[np.float64]:
    """The middles of `count` equal parts of all starts of windows that do not hang over, float64 (count,)."""
    first = min(window.offsets_s[place] for place in window.targets)
    room = max(duration_s - window.target_span_s, 0.0)
    return (np.arange(count) + 0.5) / count * room - first


def places(
    window: Window, pick: Pick, seconds: NDArray[np.float64], duration_s: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Of each picture the nearest of a clip's moments `seconds` (N,), int64 (T,), and whether it is in the clip."""
    times = pick.start_s + pick.stretch * np.array(window.offsets_s)
    nearest = np.searchsorted((seconds[1:] + seconds[:-1]) / 2, times)
    # The first moment stands for as much time before it as after it, as the others do.
    begin_s = seconds[0] - np.diff(seconds[:2]).sum() / 2
    return nearest, (times >= begin_s - _ROUNDING_S) & (times < duration_s - _ROUNDING_S)
