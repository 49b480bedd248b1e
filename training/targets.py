"""Fixation points of a frame to a target density on the map grid.

The map video is not decoded for training: splatting the points bilinearly on the coarse grid and blurring
with a separable Gaussian, whose sigma is scaled along each axis, gives the same map that the full-size
rendering gives after reduction, without the video's quantisation and at a thousandth of the cost. Rounding
the points to cells of the coarse grid instead would move them by up to half a cell, and a binary mask would
lose most of them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from training.grid import Grid


def splat(points: NDArray[np.integer], picture: Grid, grid: Grid) -> NDArray[np.float64]:
    """Share every point among the four nearest cells of a coarse grid.

    `points` is (N, 2) as (row, col) in pixels of `picture`, where a point stands at its pixel's centre.
    Returns (grid.height, grid.width) of float64 whose sum is N: multiplicity counts, and nothing is
    lost at the borders.
    """
    scale = np.array([grid.height / picture.height, grid.width / picture.width])
    # A cell's centre lies at index + 0.5 on either grid.
    position = np.clip((points + 0.5) * scale - 0.5, 0.0, np.array(grid) - 1.0)
    corner = np.minimum(position.astype(np.int64), np.maximum(np.array(grid) - 2, 0))
    share = position - corner
    counts = np.zeros(grid.height * grid.width)
    for down in (0, 1):
        for right in (0, 1):
            weight = np.abs(1 - down - share[:, 0]) * np.abs(1 - right - share[:, 1])
            cell = (corner[:, 0] + down) * grid.width + corner[:, 1] + right
            counts += np.bincount(cell, weights=weight, minlength=counts.size)
    return counts.reshape(grid)


def density(counts: NDArray[np.float64], sigma_cells: tuple[float, float]) -> NDArray[np.float64]:
    """Blur counts (..., H, W) with sigmas (rows, columns) in cells; the result sums to 1 over each map.

    No reflection at the borders, as in the released maps. Counts must not be all zero.
    """
    sigma_rows, sigma_cols = sigma_cells
    blurred = _gaussian(counts.shape[-2], sigma_rows) @ counts @ _gaussian(counts.shape[-1], sigma_cols)
    return blurred / blurred.sum(axis=(-2, -1), keepdims=True)


def sigma_cells(sigma_px: float, picture: Grid, grid: Grid) -> tuple[float, float]:
    """A sigma in pixels of the picture as sigmas along rows and columns of the grid, in cells."""
    return sigma_px * grid.height / picture.height, sigma_px * grid.width / picture.width


@lru_cache(maxsize=256)
def _gaussian(cells: int, sigma: float) -> NDArray[np.float64]:
    """Symmetric (cells, cells) matrix of `exp(-d^2 / 2 sigma^2)`, d the distance between two cells."""
    place = np.arange(cells)
    matrix = np.exp(-0.5 * ((place[:, None] - place[None, :]) / sigma) ** 2)
    matrix.flags.writeable = False
    return matrix
