"""Saliency maps: a Gaussian on every fixation point, exact, scaled to ten bits."""

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from processing.compiled import compiled
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
# Splines of the fifth degree, their knots a third of sigma apart, follow a Gaussian to 1e-6 of its height.
_DEGREE = 5
_KNOT_DISTANCE = 1 / 3


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
        if self._smooth is None or not self._smooth.draw(points, out):
            out[:] = to_levels(self.density(points))
        return out


@dataclass(frozen=True)
class _SmoothMaps:
    """Maps in single precision, cheap because a wide Gaussian is smooth.

    Seen along one axis of `length` px, the Gaussians of all positions span a space of about 2 length / sigma
    dimensions as far as single precision can tell. Along a row an orthonormal basis B of it is taken, with the
    coefficients Cx of every position's Gaussian; down a column splines S with coefficients Cy, of which six meet in
    a pixel. The density of points (x, y) is S (sum of Cy[y] Cx[x]^T) B^T: what stands right of S is small, and the
    number of points hardly matters. The full-size density never lies in memory; it is made twice, once for its
    extremes and once for the levels.
    """

    column_coefficients: NDArray[np.float64]  # (W, k)
    column_basis: NDArray[np.float32]  # (k, W)
    row_coefficients: NDArray[np.float64]  # (H, splines)
    first_spline: NDArray[np.int64]  # (H,)
    spline_weights: NDArray[np.float32]  # (H, 6)

    @classmethod
    def of(cls, width: int, height: int, sigma_px: float) -> "_SmoothMaps | None":
        """The bases, or None when the Gaussian is so narrow that they would save nothing."""
        if sigma_px < NARROWEST_SMOOTH_PX:
            return None
        column_basis, column_coefficients = _gaussian_basis(width, sigma_px)
        first_spline, spline_weights = splines(height, _KNOT_DISTANCE * sigma_px)
        return cls(
            column_coefficients,
            np.ascontiguousarray(column_basis.T, np.float32),
            _spline_coefficients(first_spline, spline_weights, _gaussian_table(height, sigma_px)),
            first_spline,
            spline_weights.astype(np.float32),
        )

    def draw(self, points: Points, out: NDArray[np.uint16]) -> bool:
        """Write the levels (H, W), or nothing and return False where single precision would show in them.

        The density that they are made of has an error under 3e-6 of its maximum.
        """
        # Sums depend on their order; sorted, the order of the points does not matter.
        x, y = points[np.lexsort(points.T)].T
        inner = self.row_coefficients[y].T @ self.column_coefficients[x]
        knots = inner.astype(np.float32) @ self.column_basis
        low, high = _extremes(knots, self.first_spline, self.spline_weights)
        if high - low < LEAST_RANGE * high:
            return False
        _scale(knots, self.first_spline, self.spline_weights, low, np.float32(TOP_LEVEL / (high - low)), out)
        return True


@compiled()
def _draw_row(knots: Any, first: int, weights: Any, row: Any) -> None:
    """One row of the density, (W,): six splines meet there."""
    knot_0, knot_1, knot_2 = knots[first], knots[first + 1], knots[first + 2]
    knot_3, knot_4, knot_5 = knots[first + 3], knots[first + 4], knots[first + 5]
    weight_0, weight_1, weight_2 = weights[0], weights[1], weights[2]
    weight_3, weight_4, weight_5 = weights[3], weights[4], weights[5]
    for column in range(len(row)):
        row[column] = (
            weight_0 * knot_0[column]
            + weight_1 * knot_1[column]
            + weight_2 * knot_2[column]
            + weight_3 * knot_3[column]
            + weight_4 * knot_4[column]
            + weight_5 * knot_5[column]
        )


# There is no NaN to look out for: with that said, a processor compares several numbers at a time.
@compiled(fastmath={"nnan", "nsz"})
def _extremes(knots: Any, first_spline: Any, spline_weights: Any) -> tuple[np.float32, np.float32]:
    """Least and greatest value of the density."""
    low, high = np.float32(np.inf), np.float32(-np.inf)
    density = np.empty(knots.shape[1], np.float32)
    for row in range(len(first_spline)):
        _draw_row(knots, first_spline[row], spline_weights[row], density)
        for value in density:
            low, high = min(low, value), max(high, value)
    return low, high


@compiled()
def _scale(
    knots: Any, first_spline: Any, spline_weights: Any, low: np.float32, factor: np.float32, out: Any
) -> None:
    """out = rint((density - low) * factor), (H, W)."""
    density = np.empty(knots.shape[1], np.float32)
    for row in range(len(first_spline)):
        _draw_row(knots, first_spline[row], spline_weights[row], density)
        levels = out[row]
        for column in range(len(levels)):
            # Nothing here is negative, so this rounds like rint but for halves.
            levels[column] = np.uint16((density[column] - low) * factor + np.float32(0.5))


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


def splines(length: int, distance: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The splines of the fifth degree on knots `distance` px apart that are not 0 at the positions 0..length-1.

    Returns the number of the first of them at each position, int64 (length,), and the values of the six that
    meet there, float64 (length, 6). They sum to 1 everywhere (C. de Boor, A Practical Guide to Splines, 1978).
    """
    place = np.arange(length) / distance
    first = np.floor(place).astype(np.int64)
    share = place - first
    values = np.ones((length, 1))
    for degree in range(1, _DEGREE + 1):
        own = np.arange(degree)
        higher = np.zeros((length, degree + 1))
        higher[:, :-1] += values * (1 - share[:, None] + own) / degree
        higher[:, 1:] += values * (share[:, None] + degree - 1 - own) / degree
        values = higher
    return first, values


def _spline_coefficients(
    first: NDArray[np.int64], values: NDArray[np.float64], table: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Coefficients (length, splines) of the sums of splines closest to the rows of a table (length, length)."""
    at_positions = np.zeros((len(first), first[-1] + _DEGREE + 1))
    np.put_along_axis(at_positions, first[:, None] + np.arange(_DEGREE + 1), values, axis=1)
    coefficients, *_ = np.linalg.lstsq(at_positions, table.T, rcond=_LEAST_SINGULAR_SHARE)
    return np.ascontiguousarray(coefficients.T)
