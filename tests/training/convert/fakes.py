"""State dicts with the names and shapes of public checkpoints, filled with random numbers at small widths."""

from __future__ import annotations

import torch
from torch import Tensor, nn

State = dict[str, Tensor]

WIDTH, BLOCKS, HEADS = 48, 4, 4


def linear(name: str, before: int, after: int, *, bias: bool = True) -> State:
    """Weight and bias of a linear layer."""
    state = {f"{name}.weight": torch.randn(after, before)}
    return {**state, f"{name}.bias": torch.randn(after)} if bias else state


def norm(name: str, width: int = WIDTH) -> State:
    """Weight and bias of a layer norm."""
    return {f"{name}.weight": torch.randn(width), f"{name}.bias": torch.randn(width)}


def umt(positions: int | None = None, prefix: str = "") -> State:
    """As the fine-tuned models of UMT are saved, under no wrapper."""
    state = {
        f"{prefix}patch_embed.proj.weight": torch.randn(WIDTH, 3, 1, 16, 16),
        f"{prefix}patch_embed.proj.bias": torch.randn(WIDTH),
        **norm("fc_norm"),
        **linear("head", WIDTH, 7),
    }
    if positions is not None:
        state[f"{prefix}pos_embed"] = torch.randn(1, positions, WIDTH)
    for place in range(BLOCKS):
        block = f"{prefix}blocks.{place}"
        state |= norm(f"{block}.norm1") | norm(f"{block}.norm2")
        state |= linear(f"{block}.attn.qkv", WIDTH, 3 * WIDTH, bias=False)
        state |= {f"{block}.attn.q_bias": torch.randn(WIDTH), f"{block}.attn.v_bias": torch.randn(WIDTH)}
        state |= linear(f"{block}.attn.proj", WIDTH, WIDTH)
        state |= linear(f"{block}.mlp.fc1", WIDTH, 4 * WIDTH) | linear(f"{block}.mlp.fc2", 4 * WIDTH, WIDTH)
    return state


def videomae() -> State:
    """As `VideoMAEForVideoClassification` of transformers is saved."""
    state = {
        "videomae.embeddings.patch_embeddings.projection.weight": torch.randn(WIDTH, 3, 2, 16, 16),
        "videomae.embeddings.patch_embeddings.projection.bias": torch.randn(WIDTH),
        **norm("fc_norm"),
        **linear("classifier", WIDTH, 7),
    }
    for place in range(BLOCKS):
        layer = f"videomae.encoder.layer.{place}"
        attention = f"{layer}.attention.attention"
        for part in ("query", "key", "value"):
            state |= linear(f"{attention}.{part}", WIDTH, WIDTH, bias=False)
        state |= {f"{attention}.q_bias": torch.randn(WIDTH), f"{attention}.v_bias": torch.randn(WIDTH)}
        state |= linear(f"{layer}.attention.output.dense", WIDTH, WIDTH)
        state |= linear(f"{layer}.intermediate.dense", WIDTH, 4 * WIDTH)
        state |= linear(f"{layer}.output.dense", 4 * WIDTH, WIDTH)
        state |= norm(f"{layer}.layernorm_before") | norm(f"{layer}.layernorm_after")
    return state


def vjepa2() -> State:
    """As `VJEPA2Model` of transformers is saved, with a predictor of one tensor."""
    state = {
        "encoder.embeddings.patch_embeddings.proj.weight": torch.randn(WIDTH, 3, 2, 16, 16),
        "encoder.embeddings.patch_embeddings.proj.bias": torch.randn(WIDTH),
        "predictor.proj.weight": torch.randn(WIDTH, WIDTH),
        **norm("encoder.layernorm"),
    }
    for place in range(BLOCKS):
        layer = f"encoder.layer.{place}"
        for part in ("query", "key", "value", "proj"):
            state |= linear(f"{layer}.attention.{part}", WIDTH, WIDTH)
        state |= norm(f"{layer}.norm1") | norm(f"{layer}.norm2")
        state |= linear(f"{layer}.mlp.fc1", WIDTH, 4 * WIDTH) | linear(f"{layer}.mlp.fc2", 4 * WIDTH, WIDTH)
    return state


def internvideo2(positions: int) -> State:
    """As the distilled models of InternVideo2 are saved, with one tensor of the distillation."""
    state = {
        "cls_token": torch.randn(1, 1, WIDTH),
        "pos_embed": torch.randn(1, positions + 1, WIDTH),
        "clip_pos_embed": torch.randn(1, positions + 1, WIDTH),
        "patch_embed.proj.weight": torch.randn(WIDTH, 3, 1, 14, 14),
        "patch_embed.proj.bias": torch.randn(WIDTH),
        "clip_projector.norm1_q.weight": torch.randn(WIDTH),
        "clip_decoder.0.head.0.weight": torch.randn(WIDTH, WIDTH),
    }
    for place in range(BLOCKS):
        block = f"blocks.{place}"
        for scale in ("norm1", "norm2", "attn.q_norm", "attn.k_norm"):
            state[f"{block}.{scale}.weight"] = torch.randn(WIDTH)
        state |= {f"{block}.ls1.gamma": torch.randn(WIDTH), f"{block}.ls2.gamma": torch.randn(WIDTH)}
        state |= linear(f"{block}.attn.qkv", WIDTH, 3 * WIDTH, bias=False)
        state |= linear(f"{block}.attn.proj", WIDTH, WIDTH)
        state |= linear(f"{block}.mlp.fc1", WIDTH, 4 * WIDTH) | linear(f"{block}.mlp.fc2", 4 * WIDTH, WIDTH)
    return state


def like(module: nn.Module, *more: State) -> State:
    """Random tensors with the names and shapes of a module's own, which are those of a public model."""
    state = {
        name: torch.randn(tensor.shape) if tensor.is_floating_point() else torch.full_like(tensor, 9)
        for name, tensor in module.state_dict().items()
    }
    for extra in more:
        state |= extra
    return state
