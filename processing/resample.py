"""Tracks on a common time grid, and the frame that every grid sample belongs to. Times are integers throughout."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

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
        return cls(rate_hz, np.array(first_k, np.int64), _ceil_div(recipe.crop_start_ms * rate_hz, 1000))

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
class GridSamples:
    """One observer on the grid, inside the clip: frame int64 (M,), x_px and y_px float64 (M,) in video pixels.

    held: how many of them, at the end, repeat the last position.
    """

    frame: NDArray[np.int64]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
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
    own = np.arange(max(first_k, grid.start_k), min(last_k + 1, grid.end_k), dtype=np.int64)
    x_px, y_px = _interpolated(track, own, grid.rate_hz)
    held = max(grid.end_k - max(last_k + 1, grid.start_k), 0) if hold else 0
    k = np.concatenate([own, np.arange(grid.end_k - held, grid.end_k, dtype=np.int64)])
    return GridSamples(
        frame=grid.frames_from(int(k[0]) if len(k) else grid.start_k, len(k)),
        x_px=np.concatenate([x_px, np.full(held, track.x_px[-1])]),
        y_px=np.concatenate([y_px, np.full(held, track.y_px[-1])]),
        held=held,
    )


def _interpolated(
    track: Track, k: NDArray[np.int64], rate_hz: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions at grid samples k, all of them between the first and the last sample of the track.

    The weight is one quotient of two integers, applied in one rounding: where whole-numbered positions meet on
    a whole pixel the result is that pixel, never the float below it, which `floor` would move by one.
    """
    if len(track.t_us) == 1:
        return np.full(len(k), track.x_px[0]), np.full(len(k), track.y_px[0])
    grid_times = k * _US
    # On integers t rate <= 10^6 k is t <= floor(10^6 k / rate).
    left = np.searchsorted(track.t_us, grid_times // rate_hz, side="right") - 1
    np.minimum(left, len(track.t_us) - 2, out=left)
    right = left + 1
    start_us = track.t_us[left]
    elapsed = (grid_times - start_us * rate_hz).astype(np.float64)
    interval = ((track.t_us[right] - start_us) * rate_hz).astype(np.float64)

    def between(values: NDArray[np.float64]) -> NDArray[np.float64]:
        start = values[left]
        positions = start + (values[right] - start) * elapsed / interval
        # At the very last sample the quotient is 1, and start + (end - start) need not be end.
        if len(k) and elapsed[-1] == interval[-1]:
            positions[-1] = values[-1]
        return positions

    return between(track.x_px), between(track.y_px)


def _ceil_div(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
