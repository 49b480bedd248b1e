"""Attention with the shapes used here, through PyTorch's fused kernels."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def attend(queries: Tensor, keys: Tensor, values: Tensor, heads: int, bias: Tensor | None = None) -> Tensor:
    """Softmax attention of (N, Q, C) to (N, K, C), split into heads; returns (N, Q, C).

    `bias` is added to the scaled products, broadcast to (N, heads, Q, K); minus infinity forbids.
    """
    split = [each.unflatten(-1, (heads, -1)).transpose(1, 2) for each in (queries, keys, values)]
    return attend_split(split[0], split[1], split[2], bias)


def attend_split(queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None = None) -> Tensor:
    """The same of (N, heads, Q or K, C / heads); returns (N, Q, C)."""
    mixed = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=bias)
    return mixed.transpose(1, 2).flatten(2)
