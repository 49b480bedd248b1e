"""Tracks on a common time grid, and the frame that every grid sample belongs to. Times are integers throughout."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.compiled import compiled
from processing.recipe import Recipe
from processing.tracks import Track

_US = 1_000_000


@dataclass(frozen=True)
class FrameGrid:
    """Which grid samples fall into which frame.

    The grid is every integer k, at k / rate_hz seconds of the hand's own time. first_k: int64 (frames + 1,);
    frame f holds the samples first_k[f] <= k < first_k[f + 1]. crop_k: samples before this one are left out.
    """

    rate_hz: int
    first_k: NDArray[np.int64]
    crop_k: int

    @classmethod
    def of(cls, frames: int, fps: Fraction, recipe: Recipe) -> "FrameGrid":
        """The grid of a clip of `frames` frames at exactly `fps` under a recipe's rate, lag and crop.

        The lagged sample k belongs to frame ((10^6 k - lag_us rate) fps_num) // (10^6 rate fps_den), rules of
        FORMATS, solved here for the first k of each frame: 10^6 k >= f * 10^6 * rate * fps_den / fps_num
        + lag_us * rate. Python's integers keep it exact at any rate.
        """
        rate_hz, lag_us = recipe.rate_hz, recipe.lag_ms * 1000
        frame_us_rate = _US * rate_hz * fps.denominator
        first_k = [
            _ceil_div(_ceil_div(frame * frame_us_rate, fps.numerator) + lag_us * rate_hz, _US)
            for frame in range(frames + 1)
        ]
        return cls(rate_hz, np.array(first_k, np.int64), first_uncropped_k(recipe, rate_hz))

    @property
    def start_k(self) -> int:
        """The first grid sample that counts."""
        return max(int(self.first_k[0]), self.crop_k)

    @property
    def end_k(self) -> int:
        """The first grid sample past the clip's end."""
        return int(self.first_k[-1])

    def frames_from(self, k: int, count: int) -> NDArray[np.int64]:
        """The frames of the grid samples k to k + count - 1, all of them inside the clip; int64 (count,)."""
        begin = k - int(self.first_k[0])
        return self._frames[begin : begin + count]

    @cached_property
    def _frames(self) -> NDArray[np.int64]:
        frames = np.repeat(np.arange(len(self.first_k) - 1), np.diff(self.first_k))
        frames.flags.writeable = False  # observers share it
        return frames


@dataclass(frozen=True)
class FrameSamples:
    """One observer's samples inside the clip: frame int64 (M,), x_px and y_px float64 (M,) in video pixels."""

    frame: NDArray[np.int64]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]


@dataclass(frozen=True)
class GridSamples(FrameSamples):
    """One observer on the grid; held: how many samples, at the end, repeat the last position."""

    held: int


def resample(track: Track, grid: FrameGrid, *, hold: bool = False) -> GridSamples:
    """Put a track on the grid by linear interpolation between neighbouring samples.

    An observer's grid reaches from the first sample to the last: t_first_us rate <= 10^6 k <= t_last_us rate.
    hold: repeat the last position from there to the clip's end plus the lag.
    """
    if not len(track.t_us):
        empty = np.empty(0)
        return GridSamples(np.empty(0, np.int64), empty, empty, 0)
    first_k = _ceil_div(int(track.t_us[0]) * grid.rate_hz, _US)
    last_k = int(track.t_us[-1]) * grid.rate_hz // _US
    begin_k = max(first_k, grid.start_k)
    count = max(min(last_k + 1, grid.end_k) - begin_k, 0)
    held_k = max(last_k + 1, grid.start_k)
    held = max(grid.end_k - held_k, 0) if hold else 0
    x_px, y_px = np.empty(count + held), np.empty(count + held)
    _interpolate(track.t_us, track.x_px, track.y_px, begin_k, grid.rate_hz, x_px[:count], y_px[:count])
    x_px[count:], y_px[count:] = track.x_px[-1], track.y_px[-1]
    return GridSamples(
        frame=grid.frames_from(begin_k if count else held_k, count + held),
        x_px=x_px,
        y_px=y_px,
        held=held,
    )


@compiled()
def _interpolate(t_us: Any, x_px: Any, y_px: Any, first_k: int, rate_hz: int, out_x: Any, out_y: Any) -> None:
    """Positions at the grid samples from first_k on, all of them between the first and the last sample of the track.

    The weight is one quotient of two integers, applied in one rounding: where whole-numbered positions meet on
    a whole pixel the result is that pixel, never the float below it, which `floor` would move by one.
    One walk along both, compiled: NumPy's search and its columns of in-between results take five times as long.
    """
    left, last = 0, len(t_us) - 1
    for sample in range(len(out_x)):
        grid = (first_k + sample) * _US
        while left < last and t_us[left + 1] * rate_hz <= grid:
            left += 1
        if left == last:
            out_x[sample], out_y[sample] = x_px[last], y_px[last]
            continue
        elapsed = float(grid - t_us[left] * rate_hz)
        interval = float((t_us[left + 1] - t_us[left]) * rate_hz)
        out_x[sample] = x_px[left] + (x_px[left + 1] - x_px[left]) * elapsed / interval
        out_y[sample] = y_px[left] + (y_px[left + 1] - y_px[left]) * elapsed / interval


def first_uncropped_k(recipe: Recipe, rate_hz: int) -> int:
    """The first sample of a grid of rate_hz that the recipe's crop of the start leaves."""
    return _ceil_div(recipe.crop_start_ms * rate_hz, 1000)


def _ceil_div(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
