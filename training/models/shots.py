"""Where a new shot begins, seen from the pictures alone."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Side of the grid on which colours are counted; a mean over each cell takes away noise and small objects.
GRID = 28
# Levels of each colour channel.
LEVELS = 16


@torch.no_grad()
def shot_numbers(pictures: Tensor, cut_share: float) -> Tensor:
    """Which shot each picture belongs to, int64 (B, T), counted from 0 in the window.

    A picture begins a shot when at least `cut_share` of the cells have to change their level to turn the
    histogram of the picture before into its own, on the mean of the three channels. Histograms do not
    see where things are, so motion within a shot makes no cut. Pictures are (B, T, 3, H, W) in [0, 1].
    """
    batch, moments = pictures.shape[:2]
    small = functional.adaptive_avg_pool2d(pictures.flatten(0, 1).float(), GRID)
    level = (small * LEVELS).long().clamp(0, LEVELS - 1).flatten(2)
    counts = functional.one_hot(level, LEVELS).sum(2).view(batch, moments, 3, LEVELS)
    moved = (counts[:, 1:] - counts[:, :-1]).clamp(min=0).sum(-1).float().mean(-1) / GRID**2
    cuts = torch.zeros(batch, moments, dtype=torch.int64, device=pictures.device)
    cuts[:, 1:] = moved >= cut_share
    return cuts.cumsum(1)
