"""The centre prior under a network's logits: a Gaussian for each way up, learnable in place, shape and weight.

It begins with the mean and covariance of the fitted prior. The mean map of a few clips shows those clips;
its moments show what they have in common. A uniform share keeps the logarithm finite: where no training clip
drew attention, a test clip may.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.grid import Orientation
from training.models.center_prior import Priors

UNIFORM_SHARE = 0.1


class PriorLogits(nn.Module):
    """Log of (1 - share) Gaussian + share uniform on any grid, times a learnable weight that begins at 1.

    Places are shares of the height and the width, so the parameters do not depend on the grid.
    """

    def __init__(self, priors: Priors) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.mean = nn.ParameterDict()
        self.whitening = nn.ParameterDict()
        for orientation, prior in priors.items():
            mean, whitening = moments(prior)
            self.mean[orientation.value] = nn.Parameter(torch.tensor(mean, dtype=torch.float32))
            self.whitening[orientation.value] = nn.Parameter(torch.tensor(whitening, dtype=torch.float32))

    def forward(self, orientation: Orientation, height: int, width: int) -> Tensor:
        """(height, width), float32."""
        mean, whitening = self.mean[orientation.value], self.whitening[orientation.value]
        rows = (torch.arange(height, device=mean.device) + 0.5) / height - mean[0]
        cols = (torch.arange(width, device=mean.device) + 0.5) / width - mean[1]
        off = torch.stack(torch.meshgrid(rows, cols, indexing="ij"), dim=-1)
        # Elementwise instead of a matrix product, which autocast would take in half precision.
        white = (off[..., None, :] * whitening).sum(-1)
        gaussian = (-0.5 * white.square().sum(-1)).flatten().softmax(0).view(height, width)
        mixed = (1 - UNIFORM_SHARE) * gaussian + UNIFORM_SHARE / (height * width)
        return self.weight * mixed.log()


def moments(prior: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (2,) as (row, col) in shares of the sides, and a whitening W (2, 2) with W' W = inverse covariance.

    A cell's own variance is added, so that a prior of one cell has a shape too.
    """
    off = _places(prior.shape)
    density = prior / prior.sum()
    mean = np.einsum("hw,hwi->i", density, off)
    off = off - mean
    cell = np.diag([1 / side**2 for side in prior.shape])
    covariance = np.einsum("hw,hwi,hwj->ij", density, off, off) + cell
    return mean, np.linalg.cholesky(np.linalg.inv(covariance)).T


def broadened(prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same mixture of Gaussian and uniform share as a map of the prior's grid, (H, W), sums to 1."""
    mean, whitening = moments(prior)
    white = (_places(prior.shape) - mean) @ whitening.T
    gaussian = np.exp(-0.5 * np.square(white).sum(-1))
    return (1 - UNIFORM_SHARE) * gaussian / gaussian.sum() + UNIFORM_SHARE / prior.size


def _places(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The middle of each cell as (row, col) in shares of the sides, (H, W, 2)."""
    middles = [(np.arange(side) + 0.5) / side for side in shape]
    return np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1)
