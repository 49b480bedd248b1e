"""Fixation points to target densities on the map grid, on the device that trains.

The map video is not decoded for training. The Gaussian of a point, integrated over a cell of the coarse grid, is
the product of a part along its rows and one along its columns, and the sum over the points of a map is a matrix
product of these parts. That is the full-size map reduced by area averaging, without the video's quantisation and at
a thousandth of the cost; blurring points that were splatted on the coarse grid would widen narrow Gaussians. Where
single fixations count, each point is shared among the four nearest cells; rounding points to cells would move them
by up to half a cell, and a binary mask would lose most of them.
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

    Counts sum to the number of points inside the picture, densities to 1; both are 0 where a map has no point.
    `nearest` moves every point to the middle of its cell first. `dilate_cells` widens the counts as `dilated` does.
    """
    points, owner, sigma = (each.to(device) for each in (batch.points, batch.owner, batch.sigma))
    samples, maps = batch.valid.shape
    if placing == "nearest":
        points = snapped(points, grid)
    of_map = sigma.repeat_interleave(maps, dim=0)
    counts = splat(points, owner, samples * maps, grid).view(samples, maps, *grid)
    density = densities(points, owner, of_map, grid, batch.most_points).view(samples, maps, *grid)
    return dilated(counts, dilate_cells), density


def splat(points: Tensor, owner: Tensor, maps: int, grid: Grid) -> Tensor:
    """Share every point among the four nearest cells of its map; (maps, h, w), in the precision of the points.

    `points` (P, 2) are (row, col) as shares of the picture, a pixel at its centre; `owner` (P,) numbers their maps.
    Multiplicity counts, nothing is lost at the borders, and points outside the picture do not count.
    """
    inside = ((points >= 0) & (points < 1)).all(1)
    (row, down_share), (col, right_share) = (
        _between(points[:, axis], cells) for axis, cells in enumerate(grid)
    )
    counts = points.new_zeros(maps * grid.height * grid.width)
    for down in (0, 1):
        for right in (0, 1):
            weight = (1 - down - down_share).abs() * (1 - right - right_share).abs() * inside
            # On a grid of one row or column the second neighbour has no weight; it must only have a place.
            below, beside = (row + down).clamp_max(grid.height - 1), (col + right).clamp_max(grid.width - 1)
            counts.index_add_(0, (owner * grid.height + below) * grid.width + beside, weight)
    return counts.view(maps, *grid)


def densities(points: Tensor, owner: Tensor, sigma: Tensor, grid: Grid, most_points: int) -> Tensor:
    """Sums of Gaussians (maps, h, w) averaged over cells, each map summing to 1, or 0 where it has no point.

    `points` and `owner` as in `splat`, the owners ascending and none given more than `most_points` times; `sigma`
    (maps, 2) as shares of height and width. Points outside the picture reach into it; nothing is reflected at the
    borders, as in the released maps.
    """
    maps = len(sigma)
    first = torch.searchsorted(owner, torch.arange(maps, device=owner.device))
    place = torch.arange(len(owner), device=owner.device) - first[owner]
    rows, cols = (
        _by_map(_over_cells(points[:, axis], sigma[owner, axis], cells), owner, place, maps, most_points)
        for axis, cells in enumerate(grid)
    )
    density = rows.transpose(1, 2) @ cols
    return density / density.sum((-2, -1), keepdim=True).clamp_min(torch.finfo(density.dtype).tiny)


def snapped(points: Tensor, grid: Grid) -> Tensor:
    """Points (P, 2) moved to the centres of their cells."""
    axes = [((points[:, axis] * cells).floor() + 0.5) / cells for axis, cells in enumerate(grid)]
    return torch.stack(axes, dim=1)


def dilated(counts: Tensor, cells: int) -> Tensor:
    """Counts (B, K, h, w) of which each cell takes the largest so many cells around it in a square."""
    return functional.max_pool2d(counts, 2 * cells + 1, stride=1, padding=cells) if cells else counts


def _between(places: Tensor, cells: int) -> tuple[Tensor, Tensor]:
    """Along one axis the cell (P,) whose centre lies before each place, and the share (P,) of the way to the next."""
    # A cell's centre lies at index + 0.5 on either grid.
    position = (places * cells - 0.5).clamp(0, cells - 1)
    cell = position.floor().clamp_max(max(cells - 2, 0))
    return cell.long(), position - cell


def _over_cells(places: Tensor, sigma: Tensor, cells: int) -> Tensor:
    """The share (P, cells) of a Gaussian at each place that falls into each cell of an axis; places, sigma: (P,)."""
    edges = torch.arange(cells + 1, dtype=places.dtype, device=places.device) / cells
    below = torch.special.ndtr((edges - places[:, None]) / sigma[:, None])
    return below.diff(dim=1).clamp_min(0)


def _by_map(parts: Tensor, owner: Tensor, place: Tensor, maps: int, most_points: int) -> Tensor:
    """Parts (P, cells) as (maps, most_points, cells), zeros where a map has fewer points."""
    padded = parts.new_zeros(maps, most_points, parts.shape[1])
    padded[owner, place] = parts
    return padded
