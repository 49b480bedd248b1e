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

import torch
from torch import Tensor, nn

from training.config.nets import NetConfig
from training.grid import Orientation
from training.models.center_prior import PriorMaps, Priors
from training.models.model import Model
from training.models.parts import PLANES, group_norm, log_density, planes, resized, zeroed
from training.models.prior_logits import broadened


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
        self.head = zeroed(nn.Conv2d(quarter, 1, kernel_size=1))

    def forward(
        self, pictures: Tensor, seconds: Tensor, orientation: Orientation, sound: Tensor | None = None
    ) -> Tensor:
        """Log-density (B, 1, H/2, W/2) of the moment of the first picture.

        The pictures (B, T, 3, H, W) are those that `lags_s` of the configuration names, in its order.
        """
        beside = planes(seconds[:, 0], *pictures.shape[-2:])
        quarter = self.to_quarter(self.stem(torch.cat([pictures.flatten(1, 2) * 2 - 1, beside], dim=1)))
        eighth = self.to_eighth(quarter)
        sixteenth = self.to_sixteenth(eighth)
        sixteenth = sixteenth + self.context(sixteenth.mean((-2, -1)))[..., None, None]
        logits = self.head(self.join_quarter(self.join_eighth(sixteenth, eighth), quarter))
        logits = resized(logits, [side // self.map_stride for side in pictures.shape[-2:]])
        return log_density(logits + self.prior_weight * self.broad.density(orientation).log())


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
        return self.refine(resized(self.narrow(deep), lateral.shape[-2:]) + lateral)


def convolution(before: int, after: int, stride: int = 1) -> nn.Sequential:
    """3x3 convolution, group norm, SiLU."""
    return nn.Sequential(
        nn.Conv2d(before, after, kernel_size=3, stride=stride, padding=1, bias=False),
        group_norm(after),
        nn.SiLU(),
    )
