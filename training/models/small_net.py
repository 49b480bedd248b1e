"""A small convolutional network: a picture and two earlier ones in, one density out.

An encoder of four stages (1/2 to 1/16 of the input grid), the picture's mean context added at the deepest
one, and a decoder that climbs back to 1/4 over 1x1 laterals. Two things that attention does without any
picture are given to it instead of being learnt: the centre prior as a Gaussian, added to the logits with a
learnable weight, and the coordinates and the time since the start (people begin at the centre) as planes
beside the pictures. The last layer starts at zero, so an untrained network predicts the prior.

Group norm rather than batch norm: batches are small, and a prediction must not depend on what else is in
its batch.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.config.nets import NetConfig
from training.grid import Orientation
from training.models.center_prior import PriorMaps, Priors
from training.models.model import Model

# x, y and the fading of the start.
PLANES = 3
START_FADES_S = 1.0

# Share of a uniform density in the prior under the logits: where no training clip drew attention, a test
# clip may.
UNIFORM_SHARE = 0.1

GROUP = 8


class SmallNet(Model):
    """About 0.3 M parameters in its standard widths."""

    def __init__(self, config: NetConfig, priors: Priors) -> None:
        super().__init__(config.map_stride)
        half, quarter, eighth, sixteenth = config.widths
        self.prior = PriorMaps(priors)
        self.broad = PriorMaps({name: broadened(prior) for name, prior in priors.items()})
        self.prior_weight = nn.Parameter(torch.ones(()))
        self.stem = convolution(3 * len(config.lags_s) + PLANES, half, stride=2)
        self.to_quarter = Stage(half, quarter)
        self.to_eighth = Stage(quarter, eighth)
        self.to_sixteenth = Stage(eighth, sixteenth)
        self.context = nn.Linear(sixteenth, sixteenth)
        self.join_eighth = Join(sixteenth, eighth)
        self.join_quarter = Join(eighth, quarter)
        self.head = nn.Conv2d(quarter, 1, kernel_size=1)
        for offset_or_kernel in self.head.parameters():
            nn.init.zeros_(offset_or_kernel)

    def forward(
        self, pictures: Tensor, seconds: Tensor, orientation: Orientation, sound: Tensor | None = None
    ) -> Tensor:
        """Log-density (B, 1, H/2, W/2) of the moment of the first picture.

        The pictures (B, T, 3, H, W) are those that `lags_s` of the configuration names, in its order.
        """
        quarter = self.to_quarter(self.stem(self._with_planes(pictures, seconds[:, 0])))
        eighth = self.to_eighth(quarter)
        sixteenth = self.to_sixteenth(eighth)
        sixteenth = sixteenth + self.context(sixteenth.mean((-2, -1)))[..., None, None]
        logits = self.head(self.join_quarter(self.join_eighth(sixteenth, eighth), quarter))
        grid = [side // self.map_stride for side in pictures.shape[-2:]]
        logits = functional.interpolate(logits, size=grid, mode="bilinear", align_corners=False)
        logits = logits + self.prior_weight * self.broad.density(orientation).log()
        return logits.flatten(2).log_softmax(2).view_as(logits)

    def _with_planes(self, pictures: Tensor, seconds: Tensor) -> Tensor:
        batch, _, _, height, width = pictures.shape
        y = (
            torch.linspace(-1, 1, height, device=pictures.device)
            .view(1, 1, height, 1)
            .expand(batch, 1, height, width)
        )
        x = (
            torch.linspace(-1, 1, width, device=pictures.device)
            .view(1, 1, 1, width)
            .expand(batch, 1, height, width)
        )
        start = torch.exp(-seconds / START_FADES_S).view(batch, 1, 1, 1).expand(batch, 1, height, width)
        return torch.cat([pictures.flatten(1, 2) * 2 - 1, x, y, start], dim=1)


class Stage(nn.Module):
    """Halve the grid, then refine with a residual convolution."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.down = convolution(before, after, stride=2)
        self.refine = convolution(after, after)

    def forward(self, features: Tensor) -> Tensor:
        """(B, before, H, W) to (B, after, H/2, W/2)."""
        halved = self.down(features)
        return halved + self.refine(halved)


class Join(nn.Module):
    """Double the grid and add what the encoder saw there."""

    def __init__(self, deep: int, lateral: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(deep, lateral, kernel_size=1)
        self.refine = convolution(lateral, lateral)

    def forward(self, deep: Tensor, lateral: Tensor) -> Tensor:
        """(B, deep, h, w) and (B, lateral, H, W) to (B, lateral, H, W)."""
        raised = functional.interpolate(
            self.narrow(deep), size=lateral.shape[-2:], mode="bilinear", align_corners=False
        )
        return self.refine(raised + lateral)


def convolution(before: int, after: int, stride: int = 1) -> nn.Sequential:
    """3x3 convolution, group norm, SiLU."""
    return nn.Sequential(
        nn.Conv2d(before, after, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.GroupNorm(after // GROUP, after),
        nn.SiLU(),
    )


def broadened(prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Gaussian with the prior's mean and covariance, mixed with a uniform share; (H, W), sums to 1.

    The mean of a few clips' maps shows those clips; its moments show what they have in common.
    """
    rows, cols = np.indices(prior.shape)
    mean = np.array([(prior * rows).sum(), (prior * cols).sum()])
    off = np.stack([rows - mean[0], cols - mean[1]], axis=-1)
    covariance = np.einsum("hw,hwi,hwj->ij", prior, off, off) + np.eye(2)
    gaussian = np.exp(-0.5 * np.einsum("hwi,ij,hwj->hw", off, np.linalg.inv(covariance), off))
    return (1 - UNIFORM_SHARE) * gaussian / gaussian.sum() + UNIFORM_SHARE / prior.size
