"""The causal light network: a trunk of MobileNetV2's kind for each picture, mixing along time, a small decoder.

Every map depends on its own and earlier pictures only, so a stream can be followed as it comes. Motion enters
at the stem as the difference from the picture before; longer memory comes from causal mixing at 1/8, 1/16
and 1/32. As in the small network the centre prior lies under the logits, coordinates and the time since
the start come beside the pictures, and the last layer begins at zero: an untrained network predicts the prior.

The kernels of the stem for what lies beside the pictures begin at zero as well, so that public weights of the
trunk first see what they were trained on.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config.nets import Lite2dNet
from training.grid import Orientation
from training.models.center_prior import Priors
from training.models.mobile_trunk import MobileTrunk, scaled
from training.models.model import Model
from training.models.parts import PLANES, Normalise, group_norm, log_density, planes, resized, zeroed
from training.models.prior_logits import PriorLogits
from training.models.temporal import CausalMix

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)

# Channels of the decoder at 1/32, 1/16, 1/8 and 1/4.
WIDTHS = (576, 192, 128, 64)
TAPS = (5, 4, 4)

SMOOTHING_TAPS = 21


class Lite2d(Model):
    """3.3 M parameters and 1.5 GFLOP a frame of 224 x 384 at width 1."""

    def __init__(self, config: Lite2dNet, priors: Priors) -> None:
        super().__init__(config.map_stride)
        deep, sixteenth, eighth, quarter = [scaled(channels, config.width) for channels in WIDTHS]
        self.normalise = Normalise(IMAGENET_MEAN, IMAGENET_DEVIATION)
        self.trunk = MobileTrunk(config.width, config.norms)
        at_quarter, at_eighth, at_sixteenth, at_deep = self.trunk.widths
        self.beside = zeroed(nn.Conv2d(3 + PLANES, self.trunk.stem_width, 3, 2, 1))
        self.deepest = nn.Sequential(Narrow(at_deep, deep), Memory(deep, TAPS[0]), Memory(deep, TAPS[0]))
        self.context = nn.Linear(deep, deep)
        self.join_sixteenth = Join(deep, at_sixteenth, sixteenth)
        self.remember_sixteenth = Memory(sixteenth, TAPS[1])
        self.join_eighth = Join(sixteenth, at_eighth, eighth)
        self.remember_eighth = Memory(eighth, TAPS[2])
        self.join_quarter = Join(eighth, at_quarter, quarter)
        self.head = zeroed(nn.Conv2d(quarter, 1, kernel_size=1))
        self.smoothing = Smoothing()
        self.prior = PriorLogits(priors)

    def forward(
        self, pictures: Tensor, seconds: Tensor, orientation: Orientation, sound: Tensor | None = None
    ) -> Tensor:
        """Log-density (B, T, H/stride, W/stride), of each of the T pictures (B, T, 3, H, W)."""
        batch, frames, _, height, width = pictures.shape
        seen = self.normalise(pictures)
        before = torch.cat([seen[:, :1], seen[:, :-1]], dim=1)
        beside = torch.cat([seen - before, planes(seconds, height, width)], dim=2)
        quarter, eighth, sixteenth, deep = self.trunk(seen.flatten(0, 1), self.beside(beside.flatten(0, 1)))
        features = in_time(self.deepest, deep, batch)
        features = features + self.context(features.mean((-2, -1)))[..., None, None]
        features = in_time(self.remember_sixteenth, self.join_sixteenth(features, sixteenth), batch)
        features = in_time(self.remember_eighth, self.join_eighth(features, eighth), batch)
        logits = self.head(self.join_quarter(features, quarter))
        grid = (height // self.map_stride, width // self.map_stride)
        logits = self.smoothing(resized(logits, grid)).view(batch, frames, *grid)
        return log_density(logits + self.prior(orientation, *grid))

    def layers(self) -> list[list[nn.Parameter]]:
        """The trunk's blocks, then everything else."""
        blocks = [list(block.parameters()) for block in self.trunk.features]
        inside = {id(parameter) for block in blocks for parameter in block}
        return [*blocks, [parameter for parameter in self.parameters() if id(parameter) not in inside]]


def in_time(module: nn.Module, features: Tensor, batch: int) -> Tensor:
    """Apply a module for (B, T, C, h, w) to (B*T, C, h, w)."""
    return module(features.unflatten(0, (batch, -1))).flatten(0, 1)


class Narrow(nn.Module):
    """1x1 convolution, group norm, SiLU, on (B, T, C, h, w)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.layers = pointwise(before, after)

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, before, h, w) to (B, T, after, h, w)."""
        return self.layers(features.flatten(0, 1)).unflatten(0, features.shape[:2])


class Memory(nn.Module):
    """Residual: mix along time, then see a neighbourhood, then mix the channels."""

    def __init__(self, channels: int, taps: int) -> None:
        super().__init__()
        self.mix = CausalMix(channels, taps)
        self.refine = nn.Sequential(*separable(channels, channels))

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, C, h, w) to the same shape, causal."""
        mixed = self.mix(features)
        return features + self.refine(mixed.flatten(0, 1)).view_as(features)


class Join(nn.Module):
    """Raise deep features to a finer grid and add what the trunk saw there."""

    def __init__(self, deep: int, lateral: int, after: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(deep, after, kernel_size=1)
        self.lateral = nn.Conv2d(lateral, after, kernel_size=1)
        self.refine = nn.Sequential(group_norm(after), nn.SiLU(), *separable(after, after))

    def forward(self, deep: Tensor, lateral: Tensor) -> Tensor:
        """(N, deep, h, w) and (N, lateral, H, W) to (N, after, H, W)."""
        raised = resized(self.narrow(deep), lateral.shape[2:])
        return self.refine(raised + self.lateral(lateral))


class Smoothing(nn.Module):
    """Learnable blur of the logits, one kernel along the rows and one along the columns, begins as a Gaussian."""

    def __init__(self) -> None:
        super().__init__()
        place = torch.arange(SMOOTHING_TAPS) - SMOOTHING_TAPS // 2
        kernel = torch.exp(-0.5 * place.square())
        kernel = kernel / kernel.sum()
        self.rows = nn.Parameter(kernel.clone().view(1, 1, -1, 1))
        self.cols = nn.Parameter(kernel.clone().view(1, 1, 1, -1))

    def forward(self, logits: Tensor) -> Tensor:
        """(N, 1, h, w) to the same shape; beyond the border the border goes on."""
        reach = SMOOTHING_TAPS // 2
        padded = functional.pad(logits, (reach, reach, reach, reach), mode="replicate")
        return functional.conv2d(functional.conv2d(padded, self.rows), self.cols)


def pointwise(before: int, after: int) -> nn.Sequential:
    """1x1 convolution, group norm, SiLU."""
    return nn.Sequential(nn.Conv2d(before, after, 1, bias=False), group_norm(after), nn.SiLU())


def separable(before: int, after: int) -> list[nn.Module]:
    """3x3 convolution of each channel by itself, then 1x1, group norm, SiLU."""
    alone = nn.Conv2d(before, before, 3, padding=1, groups=before, bias=False)
    return [alone, *pointwise(before, after)]
