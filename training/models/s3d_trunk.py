"""The trunk of S3D (Xie et al. 2018, separable 3-D Inception), parameters named as in torchvision's `s3d`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from training.config.nets import Norms
from training.models.mobile_trunk import scaled
from training.models.parts import Conv3d, FrozenTrunk, norm_maker

# Channels of an Inception block: branch 0; the narrow and the wide part of branches 1 and 2; branch 3.
BLOCKS = {
    5: (64, 96, 128, 16, 32, 32),
    6: (128, 128, 192, 32, 96, 64),
    8: (192, 96, 208, 16, 48, 64),
    9: (160, 112, 224, 24, 64, 64),
    10: (128, 128, 256, 24, 64, 64),
    11: (112, 144, 288, 32, 64, 64),
    12: (256, 160, 320, 32, 128, 128),
    14: (256, 160, 320, 32, 128, 128),
    15: (384, 192, 384, 48, 128, 128),
}
# The last layer at 1/4, 1/8, 1/16 and 1/32 of the pictures, counted in `features`.
TAPS = (3, 6, 12, 15)

EPS = 1e-3

Norm = Callable[[int], nn.Module]


class S3dTrunk(FrozenTrunk):
    """7.9 M parameters at width 1; features at 1/4, 1/8, 1/16 and 1/32, of 1/2, 1/2, 1/4 and 1/8 of the moments."""

    def __init__(self, width: float, norms: Norms) -> None:
        super().__init__(norms)
        norm = norm_maker(norms, 3, EPS)
        stem, second = scaled(64, width), scaled(192, width)
        layers: dict[int, nn.Module] = {
            0: separable(3, stem, 7, 2, norm),
            1: nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            2: convolution(stem, stem, (1, 1, 1), norm),
            3: separable(stem, second, 3, 1, norm),
            4: nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            7: nn.MaxPool3d(3, 2, 1),
            13: nn.MaxPool3d(2, 2),
        }
        before = second
        widths = {3: second}
        for place, channels in BLOCKS.items():
            block = Inception(before, [scaled(each, width) for each in channels], norm)
            layers[place] = block
            before = widths[place] = block.channels
        self.features = nn.Sequential(*(layers[place] for place in sorted(layers)))
        self.widths = [widths[place] for place in TAPS]

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(B, 3, T, H, W) to four features (B, C, T', H', W')."""
        features, taken = pictures, []
        for place, layer in enumerate(self.features):
            features = layer(features)
            if place in TAPS:
                taken.append(features)
        return taken


class Inception(nn.Module):
    """Four branches of different reach, side by side."""

    def __init__(self, before: int, channels: list[int], norm: Norm) -> None:
        super().__init__()
        alone, narrow1, wide1, narrow2, wide2, pooled = channels
        point = (1, 1, 1)
        self.branch0 = convolution(before, alone, point, norm)
        self.branch1 = nn.Sequential(
            convolution(before, narrow1, point, norm), separable(narrow1, wide1, 3, 1, norm)
        )
        self.branch2 = nn.Sequential(
            convolution(before, narrow2, point, norm), separable(narrow2, wide2, 3, 1, norm)
        )
        self.branch3 = nn.Sequential(nn.MaxPool3d(3, 1, 1), convolution(before, pooled, point, norm))
        self.channels = alone + wide1 + wide2 + pooled

    def forward(self, features: Tensor) -> Tensor:
        """(B, before, T, H, W) to (B, channels, T, H, W)."""
        branches = (self.branch0, self.branch1, self.branch2, self.branch3)
        return torch.cat([branch(features) for branch in branches], dim=1)


def separable(before: int, after: int, kernel: int, stride: int, norm: Norm) -> nn.Sequential:
    """A convolution in space, then one in time."""
    in_space = convolution(before, after, (1, kernel, kernel), norm, (1, stride, stride))
    in_time = convolution(after, after, (kernel, 1, 1), norm, (stride, 1, 1))
    return nn.Sequential(in_space, in_time)


def convolution(
    before: int,
    after: int,
    kernel: tuple[int, int, int],
    norm: Norm,
    stride: tuple[int, int, int] = (1, 1, 1),
) -> nn.Sequential:
    """Convolution, norm, ReLU; the grid shrinks by the stride alone."""
    padding = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
    return nn.Sequential(
        Conv3d(before, after, kernel, stride, padding, bias=False), norm(after), nn.ReLU(inplace=True)
    )
