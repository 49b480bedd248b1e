"""The default light network: S3D's trunk, a thin decoder, and a map for every picture of the window.

One pass over a window pays for all its maps, where a network with one map a window pays the whole clip for
each. New parts have group norms, because batches of video are small.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from training.config.nets import LiteS3dNet
from training.grid import Orientation
from training.models.center_prior import Priors
from training.models.mobile_trunk import scaled
from training.models.parts import PLANES, DepthwiseConv3d, Normalise, group_norm, planes, resized, zeroed
from training.models.prior_logits import PriorLogits
from training.models.s3d_trunk import S3dTrunk
from training.models.visual import Visual, trainable

# What torchvision's S3D was trained with.
KINETICS_MEAN = (0.43216, 0.394666, 0.37645)
KINETICS_DEVIATION = (0.22803, 0.22145, 0.216989)

# Channels of the laterals from 1/4 down to 1/32.
LATERALS = (32, 64, 96, 128)


class LiteS3d(Visual):
    """8.2 M parameters and 4.0 GFLOP a frame for windows of 16 x 224 x 384 at width 1."""

    # Sound joins at 1/16 of the pictures, with a quarter of their moments.
    hearing = 2

    def __init__(self, config: LiteS3dNet, priors: Priors) -> None:
        super().__init__(config.map_stride)
        fine, eighth, sixteenth, deep = widths = [scaled(channels, config.width) for channels in LATERALS]
        self.hearing_channels = sixteenth
        self.normalise = Normalise(KINETICS_MEAN, KINETICS_DEVIATION)
        self.trunk = S3dTrunk(config.width, config.norms)
        self.laterals = nn.ModuleList(
            nn.Conv3d(seen, kept, kernel_size=1) for seen, kept in zip(self.trunk.widths, widths, strict=True)
        )
        self.join_sixteenth = separable(deep + sixteenth, sixteenth)
        self.join_eighth = separable(sixteenth + eighth, eighth)
        self.join_quarter = separable(eighth + fine, fine)
        self.refine = separable(fine + PLANES, fine)
        self.head = zeroed(nn.Conv3d(fine, 1, (1, 3, 3), padding=(0, 1, 1)))
        self.prior = PriorLogits(priors)

    def encode(self, pictures: Tensor, orientation: Orientation) -> list[Tensor]:
        """(B, T, 3, H, W) to laterals at 1/4, 1/8, 1/16 and 1/32."""
        features = self.trunk(self.normalise(pictures).transpose(1, 2))
        return [lateral(each) for lateral, each in zip(self.laterals, features, strict=True)]

    def decode(self, levels: Sequence[Tensor], seconds: Tensor, grid: tuple[int, int]) -> Tensor:
        """Laterals to logits (B, T, *grid)."""
        fine, eighth, sixteenth, deep = levels
        features = self.join_sixteenth(joined(deep, sixteenth))
        features = self.join_eighth(joined(features, eighth))
        features = self.join_quarter(joined(features, fine))
        features = resized(features, (seconds.shape[1], *grid))
        beside = planes(seconds, *grid).transpose(1, 2).to(features.dtype)
        return self.head(self.refine(torch.cat([features, beside], dim=1)))[:, 0]

    def encoder_layers(self) -> list[list[nn.Parameter]]:
        """The trunk's blocks."""
        return [layer for block in self.trunk.features if (layer := trainable(block))]


def joined(deep: Tensor, lateral: Tensor) -> Tensor:
    """Deep features raised to a finer grid, beside what was seen there."""
    return torch.cat([resized(deep, lateral.shape[2:]), lateral], dim=1)


def separable(before: int, after: int) -> nn.Sequential:
    """3x3x3 convolution of each channel by itself, then 1x1x1, group norm, GELU."""
    return nn.Sequential(
        DepthwiseConv3d(before, 3),
        nn.Conv3d(before, after, kernel_size=1, bias=False),
        group_norm(after),
        nn.GELU(),
    )
