"""What several networks are made of: norms, planes beside the pictures, and the way from logits to densities."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config.nets import Norms

# Channels that share a mean and a variance in a group norm.
GROUP = 8

# How fast the pull of the start fades: people begin at the centre.
START_FADES_S = 1.0

# x, y and the fading of the start.
PLANES = 3

Zeroed = TypeVar("Zeroed", bound=nn.Module)


class Normalise(nn.Module):
    """Pictures in [0, 1] to the mean and deviation that a pre-training used."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Sequence[float], deviation: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(deviation).view(-1, 1, 1), persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """(..., 3, H, W) to the same shape."""
        return (pictures - self.mean) / self.deviation


class Conv3d(nn.Conv3d):
    """A convolution in space and time that a CPU computes in float32, whatever the precision of the rest.

    In bfloat16 on a CPU oneDNN (of PyTorch 2.13) computes wrong gradients of the weights, from memory that nobody has
    written, where the kernel reaches beyond a feature of few moments on both sides at once, as 3 over 2.
    """

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, T, H, W) to the same of other channels and sizes."""
        if input.device.type != "cpu":
            return super().forward(input)
        with torch.autocast("cpu", enabled=False):
            return super().forward(input.float())


class PlainLayout:
    """Marks a convolution that a GPU takes longer for with channels last."""


class DepthwiseConv3d(PlainLayout, Conv3d):
    """A convolution of each channel by itself.

    PyTorch has kernels of its own for it and hands it to cuDNN, which is many times slower here in three dimensions,
    as soon as either the weights or what comes in has channels last.
    """

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__(channels, channels, kernel, padding=kernel // 2, groups=channels, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, T, H, W) to the same shape."""
        return super().forward(input if input.device.type == "cpu" else input.contiguous())


class PatchConv3d(PlainLayout, nn.Conv3d):
    """A convolution whose kernels lie side by side: one matrix product, for which cuDNN takes many times longer."""

    def __init__(self, before: int, after: int, kernel: tuple[int, int, int]) -> None:
        super().__init__(before, after, kernel, stride=kernel)

    def forward(self, input: Tensor) -> Tensor:
        """(B, before, T, H, W) to (B, after, t, h, w); sides that are no multiples of the kernel's are an error."""
        for axis, side in enumerate(self.kernel_size):
            input = input.unflatten(2 + 2 * axis, (-1, side))
        # (B, before, t, kernel, h, kernel, w, kernel): a row for each patch, in the order of the weights.
        patches = input.permute(0, 2, 4, 6, 1, 3, 5, 7).flatten(4)
        return functional.linear(patches, self.weight.flatten(1), self.bias).movedim(-1, 1)


class FrozenTrunk(nn.Module):
    """A trunk whose batch norms may keep their running means and variances while everything else trains."""

    def __init__(self, norms: Norms) -> None:
        super().__init__()
        self._norms = norms

    def train(self, mode: bool = True) -> FrozenTrunk:
        """Switch as usual, save for frozen norms."""
        super().train(mode)
        if self._norms == "frozen":
            for module in self.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self


def norm_maker(norms: Norms, dimensions: int, eps: float = 1e-5) -> Callable[[int], nn.Module]:
    """What makes the norm of so many channels, for features with 2 or 3 dimensions besides."""
    if norms == "group":
        return group_norm
    kind = nn.BatchNorm2d if dimensions == 2 else nn.BatchNorm3d
    return lambda channels: kind(channels, eps=eps)


def group_norm(channels: int) -> nn.GroupNorm:
    """Groups of eight channels, or of as many as divide the channels."""
    return nn.GroupNorm(max(1, channels // math.gcd(channels, GROUP)), channels)


def planes(seconds: Tensor, height: int, width: int) -> Tensor:
    """Coordinates in [-1, 1] and the fading of the start, (..., 3, height, width) for times (...)."""
    y = torch.linspace(-1, 1, height, device=seconds.device).view(height, 1)
    x = torch.linspace(-1, 1, width, device=seconds.device).view(1, width)
    start = torch.exp(-seconds / START_FADES_S)[..., None, None]
    each = [plane.expand(*seconds.shape, height, width) for plane in (x, y, start)]
    return torch.stack(each, dim=-3)


def log_density(logits: Tensor) -> Tensor:
    """Log-softmax of (..., h, w) over its cells, in float32."""
    return logits.float().flatten(-2).log_softmax(-1).view_as(logits)


def resized(features: Tensor, size: Sequence[int]) -> Tensor:
    """(B, C, *old) to (B, C, *size), linearly in every dimension."""
    if features.shape[2:] == tuple(size):
        return features
    mode = "bilinear" if len(size) == 2 else "trilinear"
    return functional.interpolate(features, size=tuple(size), mode=mode, align_corners=False)


def zeroed(module: Zeroed) -> Zeroed:
    """The module with every parameter at zero: what it feeds begins as if it were not there."""
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    return module
