"""The trunk of MobileNetV2 (Sandler et al. 2018), parameters named as in torchvision's `mobilenet_v2`."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from training.config.nets import Norms
from training.models.parts import FrozenTrunk, norm_maker

# Expansion, channels, repetitions and stride of the first, stage by stage (table 2 of the paper).
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
STEM = 32

# The last block at 1/4, 1/8, 1/16 and 1/32, counted in `features`.
TAPS = (3, 6, 13, 17)

Norm = Callable[[int], nn.Module]


class MobileTrunk(FrozenTrunk):
    """1.8 M parameters at width 1; features at 1/4, 1/8, 1/16 and 1/32 of the input grid."""

    def __init__(self, width: float, norms: Norms) -> None:
        super().__init__(norms)
        norm = norm_maker(norms, 2)
        before = self.stem_width = scaled(STEM, width)
        blocks: list[nn.Module] = [convolution(3, before, norm, kernel=3, stride=2)]
        for expansion, channels, repetitions, stride in STAGES:
            for repetition in range(repetitions):
                after = scaled(channels, width)
                blocks.append(InvertedResidual(before, after, expansion, 1 if repetition else stride, norm))
                before = after
        self.features = nn.Sequential(*blocks)
        self.widths = [scaled(channels, width) for channels in (24, 32, 96, 320)]

    def forward(self, pictures: Tensor, beside: Tensor) -> list[Tensor]:
        """(N, 3, H, W), and (N, stem, H/2, W/2) that joins after the stem's kernel, to four features."""
        features, taken = pictures, []
        for place, block in enumerate(self.features):
            if place == 0:
                kernel, norm, activation = block.children()
                features = activation(norm(kernel(features) + beside))
            else:
                features = block(features)
            if place in TAPS:
                taken.append(features)
        return taken


class InvertedResidual(nn.Module):
    """Widen, convolve each channel by itself, narrow; added to its input where the shapes agree."""

    def __init__(self, before: int, after: int, expansion: int, stride: int, norm: Norm) -> None:
        super().__init__()
        wide = before * expansion
        layers: list[nn.Module] = [] if expansion == 1 else [convolution(before, wide, norm, kernel=1)]
        layers += [
            convolution(wide, wide, norm, kernel=3, stride=stride, groups=wide),
            nn.Conv2d(wide, after, kernel_size=1, bias=False),
            norm(after),
        ]
        self.conv = nn.Sequential(*layers)
        self._residual = stride == 1 and before == after

    def forward(self, features: Tensor) -> Tensor:
        """(N, before, H, W) to (N, after, H/stride, W/stride)."""
        out = self.conv(features)
        return features + out if self._residual else out


def convolution(
    before: int, after: int, norm: Norm, *, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution, norm, ReLU6."""
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        norm(after),
        nn.ReLU6(),
    )


def scaled(channels: int, width: float) -> int:
    """Channels times a width, to the nearest multiple of 8."""
    return max(8, round(channels * width / 8) * 8)
