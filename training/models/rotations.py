"""Positions as rotations (Su et al. 2021) in three blocks of channels: time, rows, columns, as V-JEPA 2 has them."""

from __future__ import annotations

import torch
from torch import Tensor

BASE = 10000


def rotated(features: Tensor, grid: tuple[int, int, int]) -> Tensor:
    """Queries or keys (B, heads, t h w, C), turned by their place on the grid; channels left over stay.

    Neighbouring channels make a pair, but the angle of channel i is that of frequency i modulo half the
    block: so the published weights were trained, and so they have to be used.
    """
    moments, rows, cols = grid
    number = torch.arange(moments * rows * cols, device=features.device)
    place = (number // (rows * cols), number // cols % rows, number % cols)
    block = features.shape[-1] // 3 // 2 * 2
    turned = [_turned(features[..., axis * block : (axis + 1) * block], at) for axis, at in enumerate(place)]
    return torch.cat([*turned, features[..., 3 * block :]], dim=-1)


def _turned(features: Tensor, place: Tensor) -> Tensor:
    half = features.shape[-1] // 2
    rate = BASE ** -(torch.arange(half, device=features.device) / half)
    angle = (place[:, None] * rate).repeat(1, 2)
    cosine, sine = angle.cos().to(features.dtype), angle.sin().to(features.dtype)
    first, second = features.unflatten(-1, (-1, 2)).unbind(-1)
    quarter_turned = torch.stack((-second, first), dim=-1).flatten(-2)
    return features * cosine + quarter_turned * sine
