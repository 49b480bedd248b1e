"""Fixation points to target densities on the map grid, on the device that trains.

The map video is not decoded for training: splatting the points bilinearly on the coarse grid and blurring with a
separable Gaussian, whose sigma is scaled along each axis, gives the same map that the full-size rendering gives
after reduction, without the video's quantisation and at a thousandth of the cost. Rounding the points to cells of
the coarse grid instead would move them by up to half a cell, and a binary mask would lose most of them.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from training.grid import Grid
from training.tensors import BatchTensors

Placing = Literal["splat", "nearest"]


def render(
    batch: BatchTensors,
    grid: Grid,
    device: torch.device,
    *,
    placing: Placing = "splat",
    dilate_cells: int = 0,
) -> tuple[Tensor, Tensor]:
    """Counts and densities (B, K, h, w) of a batch's targets, float32 on the device.

    Counts sum to the number of points of a map, densities to 1; both are 0 where a map has no point.
    `dilate_cells` widens the counts as `dilated` does; the densities are blurred from the counts as they were.
    """
    points, owner, sigma = (each.to(device) for each in (batch.points, batch.owner, batch.sigma))
    samples, maps = batch.valid.shape
    counts = splat(points, owner, samples * maps, grid, placing).view(samples, maps, *grid)
    return dilated(counts, dilate_cells), blur(counts, sigma[:, None])


def splat(points: Tensor, owner: Tensor, maps: int, grid: Grid, placing: Placing = "splat") -> Tensor:
    """Share every point among the four nearest cells of its map; (maps, h, w), in the precision of the points.

    `points` (P, 2) are (row, col) as shares of the picture, a pixel at its centre; `owner` (P,) numbers their maps.
    Multiplicity counts, and nothing is lost at the borders. `nearest` gives each point to one cell instead.
    """
    size = torch.tensor(grid, dtype=points.dtype, device=points.device)
    # A cell's centre lies at index + 0.5 on either grid.
    position = (points * size - 0.5).clamp_min(0).minimum(size - 1)
    if placing == "nearest":
        position = position.round()
    corner = position.floor().minimum((size - 2).clamp_min(0))
    share = position - corner
    row, col = corner.long().unbind(1)
    counts = points.new_zeros(maps * grid.height * grid.width)
    for down in (0, 1):
        for right in (0, 1):
            weight = (1 - down - share[:, 0]).abs() * (1 - right - share[:, 1]).abs()
            # On a grid of one row or column the second neighbour has no weight; it must only have a place.
            cell = (row + down).clamp_max(grid.height - 1) * grid.width + (col + right).clamp_max(
                grid.width - 1
            )
            counts.index_add_(0, owner * (grid.height * grid.width) + cell, weight)
    return counts.view(maps, *grid)


def blur(counts: Tensor, sigma: Tensor) -> Tensor:
    """Densities (..., h, w) from counts, by sigmas (..., 2) as shares of height and width.

    No reflection at the borders, as in the released maps. Each sums to 1; counts of 0 give a density of 0.
    """
    height, width = counts.shape[-2:]
    blurred = _gaussian(height, sigma[..., 0]) @ counts @ _gaussian(width, sigma[..., 1])
    return blurred / blurred.sum((-2, -1), keepdim=True).clamp_min(torch.finfo(counts.dtype).tiny)


def dilated(counts: Tensor, cells: int) -> Tensor:
    """Counts (B, K, h, w) of which each cell takes the largest so many cells around it in a square."""
    return functional.max_pool2d(counts, 2 * cells + 1, stride=1, padding=cells) if cells else counts


def _gaussian(cells: int, sigma_share: Tensor) -> Tensor:
    """Symmetric matrices (..., cells, cells) of `exp(-d^2 / 2 sigma^2)`, d the distance between two cells."""
    place = torch.arange(cells, dtype=sigma_share.dtype, device=sigma_share.device)
    distance = (place[:, None] - place) / cells
    return torch.exp(-0.5 * (distance / sigma_share[..., None, None]).square())
