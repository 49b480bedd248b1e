"""Small windows and priors for networks of any kind."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.grid import Grid, Orientation


def gaussian_prior(grid: Grid) -> NDArray[np.float64]:
    """An upright Gaussian right of the centre, (H, W), sums to 1."""
    rows, cols = np.indices(grid)
    off = ((rows + 0.5) / grid.height - 0.5) ** 2 / 0.02 + ((cols + 0.5) / grid.width - 0.6) ** 2 / 0.04
    density = np.exp(-0.5 * off)
    return density / density.sum()


def priors_of(height: int, width: int) -> Mapping[Orientation, NDArray[np.float64]]:
    """A prior for each way up, for maps of a landscape grid of that size."""
    sides = {
        Orientation.LANDSCAPE: Grid(height, width),
        Orientation.PORTRAIT: Grid(width, height),
        Orientation.SQUARE: Grid(height, height),
    }
    return {stands: gaussian_prior(grid) for stands, grid in sides.items()}


def window(frames: int, height: int, width: int, batch: int = 2, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Pictures (B, T, 3, H, W) of coloured noise and their times (B, T)."""
    source = torch.Generator().manual_seed(seed)
    pictures = torch.rand(batch, frames, 3, height, width, generator=source)
    seconds = torch.rand(batch, 1, generator=source) + 0.2 * torch.arange(frames)
    return pictures, seconds


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)
