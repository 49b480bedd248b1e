"""Saliency maps: a Gaussian on every fixation point, exact, scaled to ten bits."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from processing.fixations import Points

TOP_LEVEL = 1023
_MAX_WORKERS = 8


class MapMaker:
    """Makes the maps of one clip, of width x height px with one sigma in px."""

    def __init__(self, width: int, height: int, sigma_px: float) -> None:
        self._columns = _gaussian_table(width, sigma_px)
        self._rows = _gaussian_table(height, sigma_px)

    def density(self, points: Points) -> NDArray[np.float64]:
        """The sum of exp(-((c - x)^2 + (r - y)^2) / (2 sigma^2)) over the points (x, y), float64 (H, W).

        points: int64 (N, 2) as (x, y), N >= 1, inside the picture; repeats add up. Nothing is reflected at the
        borders. The Gaussian is separable, so all points of one row share its vertical part, and the map is one
        matrix product whose inner size is the number of different rows.
        """
        by_row, counts = np.unique(points[:, ::-1], axis=0, return_counts=True)
        rows, starts = np.unique(by_row[:, 0], return_index=True)
        horizontal = np.add.reduceat(self._columns[by_row[:, 1]] * counts[:, None], starts, axis=0)
        return self._rows[rows].T @ horizontal

    def levels(self, points: Points) -> NDArray[np.uint16]:
        """The map of a frame as uint16 (H, W), see `to_levels`."""
        return to_levels(self.density(points))


def to_levels(density: NDArray[np.float64]) -> NDArray[np.uint16]:
    """rint(1023 * (d - min) / (max - min)) as uint16, shape kept; a constant map becomes all 0."""
    low, high = density.min(), density.max()
    if high <= low:
        return np.zeros(density.shape, np.uint16)
    scaled = density - low
    scaled /= high - low
    scaled *= TOP_LEVEL
    return np.rint(scaled, out=scaled).astype(np.uint16)


def make_maps(points: Iterable[Points], maker: MapMaker) -> Iterator[NDArray[np.uint16]]:
    """The levels of every frame in order, several frames at a time.

    Each frame is computed by one thread with a single-threaded matrix product. A product that is divided among
    threads may round differently with another number of cores; so the bytes never depend on the machine.
    """
    workers = min(len(os.sched_getaffinity(0)), _MAX_WORKERS)
    waiting: deque[Future[NDArray[np.uint16]]] = deque()
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        try:
            for own in points:
                waiting.append(pool.submit(maker.levels, own))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _gaussian_table(length: int, sigma_px: float) -> NDArray[np.float64]:
    """table[p, i] = exp(-(i - p)^2 / (2 sigma^2)), a view (length, length) on one row of 2 * length - 1 values."""
    offsets = np.arange(1 - length, length, dtype=np.float64)
    profile = np.exp(-(offsets**2) / (2 * sigma_px**2))
    return np.lib.stride_tricks.sliding_window_view(profile, length)[::-1]
