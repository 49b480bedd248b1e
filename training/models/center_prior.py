"""The centre prior: where people look on average, whatever is shown.

Closed form: the mean of the training maps. Of all predictions that ignore the picture, the mean of the maps
that sum to 1 has the least mean Kullback-Leibler divergence. Clips weigh alike, and each way up has its own
mean; so has each span of time since the start, where the configuration divides it (`training.fitting`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.config.nets import CenterPriorNet
from training.grid import Grid, Orientation
from training.models.model import Model

Priors = Mapping[Orientation, NDArray[np.float64]]

# Added to a prior before its logarithm is taken, as a share of the mean cell: a cell that no training map
# reaches has a prior of zero.
FLOOR = 1e-3


def fit(
    mean_maps: Mapping[str, tuple[Orientation, NDArray[np.float64]]], grids: Mapping[Orientation, Grid]
) -> Priors:
    """Mean map for each way up, from the mean map of each training clip.

    `mean_maps` gives, by clip, its way up and its mean density (H, W). A way up without training clips
    gets the mean of all clips, stretched to its grid. Each prior sums to 1 and has the shape that
    `grids` gives.
    """
    ordered = [mean_maps[name] for name in sorted(mean_maps)]
    priors = {}
    for orientation, grid in grids.items():
        own = [density for stands, density in ordered if stands is orientation]
        chosen = own or [_stretch(density, grid) for _, density in ordered]
        prior = np.mean(chosen, axis=0)
        priors[orientation] = prior / prior.sum()
    return priors


class PriorMaps(nn.Module):
    """Fitted priors as buffers, so that a saved model carries them."""

    def __init__(self, priors: Priors) -> None:
        super().__init__()
        for orientation, prior in priors.items():
            self.register_buffer(orientation.value, torch.tensor(prior, dtype=torch.float32))

    def density(self, orientation: Orientation) -> Tensor:
        """(H, W), or (spans, H, W) of a division in time; each map sums to 1."""
        return self.get_buffer(orientation.value)


class CenterPrior(Model):
    """Predicts the prior of the clip's orientation for every moment, and of the moment's time when divided."""

    edges_s: Tensor

    def __init__(self, config: CenterPriorNet, priors: Priors) -> None:
        """Priors are (h, w), or (E + 1, h, w) for a division at E times; (h, w) then stands for all spans."""
        super().__init__(config.map_stride)
        spans = len(config.edges_s) + 1
        if spans > 1:
            priors = {
                stands: np.broadcast_to(prior, (spans, *prior.shape[-2:])) for stands, prior in priors.items()
            }
        self.prior = PriorMaps(priors)
        self.register_buffer("edges_s", torch.tensor(config.edges_s), persistent=False)

    def forward(
        self, pictures: Tensor, seconds: Tensor, orientation: Orientation, sound: Tensor | None = None
    ) -> Tensor:
        """Log-density (B, K, h, w) at the times `seconds` (B, K); the pictures do not matter."""
        prior = self.prior.density(orientation)
        lifted = prior + FLOOR * prior.mean((-2, -1), keepdim=True)
        log_density = (lifted / lifted.sum((-2, -1), keepdim=True)).log()
        if len(self.edges_s) == 0:
            return log_density.expand(*seconds.shape, -1, -1)
        return log_density[torch.bucketize(seconds, self.edges_s, right=True)]


def _stretch(density: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    stretched = functional.adaptive_avg_pool2d(torch.from_numpy(density)[None], (grid.height, grid.width))
    return stretched[0].numpy()
