"""Each observer's own lag from a trial in which the cursor had to follow a dot whose path is known."""

from dataclasses import dataclass

import numpy as np

from processing.bootstrap import Estimate, interval
from processing.calibration.optimum import highest
from processing.calibration.search import Search
from processing.coarse import Floats, Positions
from processing.errors import BadInput
from processing.resample import FrameGrid, resample
from processing.tracks import Track

_BLOCK_S = 1.0  # errors of a hand are alike for about this long, so whole seconds are drawn
_FEWEST_S = 2.0


@dataclass(frozen=True)
class Followed:
    """How one observer followed. distance_px: float64 (L,), the root mean square at each lag tried."""

    observer: str
    lag_ms: Estimate
    distance_px: Floats

    @property
    def nearest_px(self) -> float:
        """The root mean square distance at the best lag that was tried."""
        return float(self.distance_px.min())


def followed(track: Track, target: Track, search: Search) -> Followed:
    """The lag at which a cursor's path lies nearest to the target's, by the root mean square distance.

    Times of both are of the same clock, positions in the same px. The interval is a bootstrap over whole seconds
    of the trial. Raises BadInput when the two are together for less than two seconds at every lag.
    """
    rate_hz, lags = search.rate_hz, len(search.lags_ms)
    end_k = int(target.t_us[-1]) * rate_hz // 1_000_000 + 1
    aim = _path(target, 0, end_k, rate_hz)
    hand = _path(track, 0, end_k + lags, rate_hz)
    apart = np.stack(
        [
            (hand.x_px[0, lag : lag + end_k] - aim.x_px[0]) ** 2
            + (hand.y_px[0, lag : lag + end_k] - aim.y_px[0]) ** 2
            for lag in range(lags)
        ]
    )
    apart = apart[:, np.isfinite(apart).all(axis=0)]
    if apart.shape[1] < _FEWEST_S * rate_hz:
        raise BadInput(
            f"observer {track.observer}: cursor and target are together for less than {_FEWEST_S:g} s at every "
            "lag; record longer or try fewer lags"
        )
    rng = np.random.default_rng(search.seed)
    blocks = np.array_split(apart, max(2, round(apart.shape[1] / rate_hz / _BLOCK_S)), axis=1)
    sums = np.stack([block.sum(axis=1) for block in blocks])
    drawn = rng.integers(len(blocks), size=(search.replicates, len(blocks)))
    peaks = np.array([highest(search.lags_ms, -sums[own].sum(axis=0)) for own in drawn])
    mean = apart.mean(axis=1)
    return Followed(track.observer, Estimate(highest(search.lags_ms, -mean), *interval(peaks)), np.sqrt(mean))


def _path(track: Track, start_k: int, end_k: int, rate_hz: int) -> Positions:
    """One track at the instants start_k <= k < end_k, wherever it was; NaN before its start and after its end."""
    grid = FrameGrid(rate_hz, np.arange(start_k, end_k + 1, dtype=np.int64), start_k)
    own = resample(track, grid)
    x_px, y_px = np.full((2, 1, end_k - start_k), np.nan)
    x_px[0, own.frame], y_px[0, own.frame] = own.x_px, own.y_px
    return Positions((track.observer,), x_px, y_px)
