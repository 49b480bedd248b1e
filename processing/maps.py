"""Saliency maps: a Gaussian on every fixation point, exact, scaled to ten bits."""

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from processing.fixations import Points

TOP_LEVEL = 1023
_MAX_WORKERS = 8

Made = TypeVar("Made")

# From this sigma on the short bases of `_SmoothMaps` beat the sum over the rows that have points.
NARROWEST_SMOOTH_PX = 12.0
# Below this range, as a share of the maximum, scaling to levels would show the noise of single precision.
LEAST_RANGE = 0.05
# Gaussians at this distance, in sigma, but at least so many, stand for those at all positions with an error under
# 1e-7 of their height.
_NODE_DISTANCE = 1 / 3
_LEAST_NODES = 24
_LEAST_SINGULAR_SHARE = 1e-7


class MapMaker:
    """Makes the maps of one clip, of width x height px with one sigma in px."""

    def __init__(self, width: int, height: int, sigma_px: float) -> None:
        self._columns = _gaussian_table(width, sigma_px)
        self._rows = _gaussian_table(height, sigma_px)
        with threadpool_limits(
            1, user_api="blas"
        ):  # as in make_maps: no byte may depend on the number of cores
            self._smooth = _SmoothMaps.of(width, height, sigma_px)

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

    def levels(self, points: Points, out: NDArray[np.uint16] | None = None) -> NDArray[np.uint16]:
        """The map of a frame as uint16 (H, W): `to_levels` of its density, to less than 1/50 of a level before
        rounding. They are written into `out` where it is given."""
        if out is None:
            out = np.empty((self._rows.shape[1], self._columns.shape[1]), np.uint16)
        if self._smooth is not None:
            density = self._smooth.density(points)
            low, high, *_ = cv2.minMaxLoc(density)
            if high - low >= LEAST_RANGE * high:
                _scale(density, np.float32(low), np.float32(TOP_LEVEL / (high - low)), out)
                return out
        out[:] = to_levels(self.density(points))
        return out


@dataclass(frozen=True)
class _SmoothMaps:
    """Densities in single precision, cheap because a wide Gaussian is smooth.

    Seen along one axis of `length` px, the Gaussians of all positions span a space of about 2 length / sigma
    dimensions as far as single precision can tell. With an orthonormal basis B of it and the coefficients C of
    every position's Gaussian, the density of points (x, y) is By (sum of Cy[y] Cx[x]^T) Bx^T: the inner sum is
    small, and the number of points hardly matters.
    """

    column_coefficients: NDArray[np.float64]  # (W, kx)
    row_coefficients: NDArray[np.float64]  # (H, ky)
    column_basis: NDArray[np.float32]  # (kx, W)
    row_basis: NDArray[np.float32]  # (H, ky)
    scratch: threading.local = field(default_factory=threading.local)

    @classmethod
    def of(cls, width: int, height: int, sigma_px: float) -> "_SmoothMaps | None":
        """The bases, or None when the Gaussian is so narrow that they would save nothing."""
        if sigma_px < NARROWEST_SMOOTH_PX:
            return None
        column_basis, column_coefficients = _gaussian_basis(width, sigma_px)
        row_basis, row_coefficients = _gaussian_basis(height, sigma_px)
        return cls(
            column_coefficients,
            row_coefficients,
            np.ascontiguousarray(column_basis.T, np.float32),
            row_basis.astype(np.float32),
        )

    def density(self, points: Points) -> NDArray[np.float32]:
        """As `MapMaker.density`, float32 (H, W), with an error under 2e-6 of the maximum.

        It stands in memory that this thread's next call fills again: fresh memory takes as long as the product.
        """
        # Sums depend on their order; sorted, the order of the points does not matter.
        x, y = points[np.lexsort(points.T)].T
        inner = self.row_coefficients[y].T @ self.column_coefficients[x]
        across = inner.astype(np.float32) @ self.column_basis
        if not hasattr(self.scratch, "density"):
            self.scratch.density = np.empty((len(self.row_basis), across.shape[1]), np.float32)
        return np.matmul(self.row_basis, across, out=self.scratch.density)


@njit(cache=True, nogil=True)
def _scale(density: Any, low: np.float32, factor: np.float32, out: Any) -> None:
    """out = rint((density - low) * factor), (H, W): one pass, compiled; NumPy takes four and memory for each."""
    for row in range(density.shape[0]):
        for column in range(density.shape[1]):
            # Nothing here is negative, so this rounds like rint but for halves.
            out[row, column] = np.uint16((density[row, column] - low) * factor + np.float32(0.5))


def to_levels(density: NDArray[np.float64]) -> NDArray[np.uint16]:
    """rint(1023 * (d - min) / (max - min)) as uint16, shape kept; a constant map becomes all 0."""
    low, high = density.min(), density.max()
    if high <= low:
        return np.zeros(density.shape, np.uint16)
    scaled = density - low
    scaled /= high - low
    scaled *= TOP_LEVEL
    return np.rint(scaled, out=scaled).astype(np.uint16)


def make_maps(points: Iterable[Points], draw: Callable[[Points], Made]) -> Iterator[Made]:
    """What `draw` makes of the points of every frame, in order, several frames at a time.

    Each frame is computed by one thread with a single-threaded matrix product. A product that is divided among
    threads may round differently with another number of cores; so the bytes never depend on the machine.
    """
    workers = min(len(os.sched_getaffinity(0)), _MAX_WORKERS)
    waiting: deque[Future[Made]] = deque()
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        try:
            for own in points:
                waiting.append(pool.submit(draw, own))
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


def _gaussian_basis(length: int, sigma_px: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """An orthonormal basis (length, k) of what Gaussians at the positions 0..length-1 span, and each one's
    coefficients (length, k) in it: coefficients @ basis.T is `_gaussian_table` to 1e-7."""
    table = _gaussian_table(length, sigma_px)
    count = max(_LEAST_NODES, math.ceil(length / (_NODE_DISTANCE * sigma_px)))
    nodes = np.unique(np.linspace(0, length - 1, count).astype(np.int64))
    basis, singular, _ = np.linalg.svd(table[nodes].T, full_matrices=False)
    basis = basis[:, singular > _LEAST_SINGULAR_SHARE * singular[0]]
    return basis, table @ basis
