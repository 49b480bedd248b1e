"""Mixing along time."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CausalMix(nn.Module):
    """Each channel becomes a learnable mean of its present and its past; begins as the present alone.

    Before the first picture time stands still: what was seen first is taken to have been there before. A sum
    of shifted features rather than a convolution: it needs no other layout, and on processors it is faster.
    """

    def __init__(self, channels: int, taps: int) -> None:
        super().__init__()
        kernel = torch.zeros(taps, channels)
        kernel[0] = 1
        self.kernel = nn.Parameter(kernel)

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, C, h, w) to the same shape; moment t sees moments up to t."""
        mixed = features * self.kernel[0, :, None, None]
        past = features
        for weight in self.kernel[1:]:
            past = torch.cat([features[:, :1], past[:, :-1]], dim=1)
            mixed = mixed + past * weight[:, None, None]
        return mixed
