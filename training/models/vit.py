"""Video transformers that public weights exist for: joint attention over space and time, four levels tapped.

Three families differ in details that weights depend on, so each has its own variant of the same block:

- `umt` (UMT, and VideoMAE with a tubelet of 2): layer norm, biases of queries and values but none of keys, positions
  added to the tokens, sinusoids of the token's number unless the weights bring their own.
- `internvideo2`: root-mean-square norm, also of queries and keys, no biases there, learnt scales of the
  branches, a class token, GELU by its tanh approximation (as the fused kernel it was trained with has it).
- `vjepa2`: layer norm, all biases, positions as rotations of queries and keys in three blocks of channels.

Parameters are named as in UMT's code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from training.config.nets import UmtHierNet
from training.grid import Grid, require_whole_patches
from training.models.attention import attend_split
from training.models.parts import PatchConv3d
from training.models.rotations import rotated

EPS = 1e-6
MLP_RATIO = 4
LAYER_SCALE = 1e-5

# The side of the pictures that positions are made for; other grids interpolate them.
NATIVE_SIDE = 224
# The windows that the sinusoids of UMT and VideoMAE were made for have so many tokens in time.
NATIVE_MOMENTS = 8


@dataclass(frozen=True)
class Size:
    """Width, depth, heads, and the blocks (from 0) whose outputs are tapped."""

    width: int
    depth: int
    heads: int
    taps: tuple[int, int, int, int]


SIZES = {
    "tiny": Size(48, 4, 4, (0, 1, 2, 3)),
    "S": Size(384, 12, 6, (2, 5, 8, 11)),
    "B": Size(768, 12, 12, (2, 5, 8, 11)),
    "L": Size(1024, 24, 16, (5, 11, 17, 23)),
}


class VideoTransformer(nn.Module):
    """From pictures to the tokens of four blocks, each laid out again in space and time."""

    cls_token: nn.Parameter | None
    pos_embed: Tensor | None

    def __init__(self, config: UmtHierNet) -> None:
        super().__init__()
        size = SIZES[config.size]
        self.width = size.width
        self.family = config.encoder
        self._taps = size.taps
        self._recompute = config.recompute_blocks
        side = NATIVE_SIDE // config.patch
        self.native = (config.frames // config.tubelet, side, side)
        self.patch_embed = PatchEmbedding(config, size.width)
        if config.encoder == "internvideo2":
            self.cls_token = nn.Parameter(torch.zeros(1, 1, size.width))
            nn.init.trunc_normal_(self.cls_token, std=0.02)
        else:
            self.cls_token = None
        if config.encoder == "vjepa2":
            self.register_buffer("pos_embed", None)
        elif config.positions == "learned":
            self.pos_embed = nn.Parameter(self._first_positions())
        else:
            self.register_buffer("pos_embed", self._first_positions())
        rates = [config.drop_path * place / max(1, size.depth - 1) for place in range(size.depth)]
        blocks = [Block(size, config.encoder, rate) for rate in rates]
        for place, block in enumerate(blocks, start=1):
            block.soften(place)
        self.blocks = nn.ModuleList(blocks)

    def _first_positions(self) -> Tensor:
        table = sinusoids(NATIVE_MOMENTS * self.native[1] * self.native[2], self.width)
        native = (NATIVE_MOMENTS, *self.native[1:])
        positions = resized_positions(table[None], native, self.native)
        if self.cls_token is not None:
            positions = torch.cat([torch.zeros(1, 1, self.width), positions], dim=1)
        return positions

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(B, 3, T, H, W) to four features (B, width, T/tubelet, H/patch, W/patch)."""
        embedded = self.patch_embed(pictures)
        grid = embedded.shape[2], embedded.shape[3], embedded.shape[4]
        tokens = embedded.flatten(2).transpose(1, 2)
        before = 0
        if self.cls_token is not None:
            tokens = torch.cat([self.cls_token.expand(len(tokens), -1, -1), tokens], dim=1)
            before = 1
        if self.pos_embed is not None:
            own, positions = self.pos_embed[:, :before], self.pos_embed[:, before:]
            tokens = tokens + torch.cat([own, resized_positions(positions, self.native, grid)], dim=1)
        taken = []
        for place, block in enumerate(self.blocks):
            if self.training and place < self._recompute:
                tokens = checkpoint(block, tokens, grid, use_reentrant=False)
            else:
                tokens = block(tokens, grid)
            if place in self._taps:
                taken.append(tokens[:, before:].transpose(1, 2).unflatten(2, grid))
        return taken


class PatchEmbedding(nn.Module):
    """Pictures to tokens, one for each patch of so many pictures."""

    def __init__(self, config: UmtHierNet, width: int) -> None:
        super().__init__()
        self._patch = config.patch
        kernel = (config.tubelet, config.patch, config.patch)
        self.proj = PatchConv3d(3, width, kernel)
        nn.init.trunc_normal_(self.proj.weight, std=0.02)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, T, H, W) to (B, width, t, h, w); raises BadInput for sides that are no multiples of the patch."""
        require_whole_patches(Grid(*pictures.shape[-2:]), self._patch)
        return self.proj(pictures)


class Block(nn.Module):
    """Attention and perceptron, each normed before and dropped as a whole now and then."""

    def __init__(self, size: Size, encoder: str, drop_path: float) -> None:
        super().__init__()
        self.drop_path = drop_path
        self.norm1 = norm(size.width, encoder)
        self.attn = Attention(size.width, size.heads, encoder)
        self.norm2 = norm(size.width, encoder)
        self.mlp = Perceptron(size.width, encoder)
        scaled = encoder == "internvideo2"
        self.ls1 = LayerScale(size.width) if scaled else nn.Identity()
        self.ls2 = LayerScale(size.width) if scaled else nn.Identity()

    def soften(self, depth: int) -> None:
        """Make what the block adds smaller the deeper it lies, so that the sum over blocks stays in bounds."""
        with torch.no_grad():
            self.attn.proj.weight.div_(math.sqrt(2 * depth))
            self.mlp.fc2.weight.div_(math.sqrt(2 * depth))

    def forward(self, tokens: Tensor, grid: tuple[int, int, int]) -> Tensor:
        """(B, N, width) to the same shape; the last t * h * w tokens lie on the grid (t, h, w)."""
        tokens = tokens + self._dropped(self.ls1(self.attn(self.norm1(tokens), grid)))
        return tokens + self._dropped(self.ls2(self.mlp(self.norm2(tokens))))

    def _dropped(self, branch: Tensor) -> Tensor:
        if not self.training or self.drop_path == 0:
            return branch
        kept = branch.new_empty(len(branch), 1, 1).bernoulli_(1 - self.drop_path)
        return branch * kept / (1 - self.drop_path)


class Attention(nn.Module):
    """Every token to every other."""

    def __init__(self, width: int, heads: int, encoder: str) -> None:
        super().__init__()
        self.heads = heads
        self.rotates = encoder == "vjepa2"
        self.qkv = nn.Linear(width, 3 * width, bias=encoder == "vjepa2")
        nn.init.trunc_normal_(self.qkv.weight, std=0.02)
        self.q_bias = nn.Parameter(torch.zeros(width)) if encoder == "umt" else None
        self.v_bias = nn.Parameter(torch.zeros(width)) if encoder == "umt" else None
        normed = encoder == "internvideo2"
        self.q_norm = norm(width, encoder) if normed else nn.Identity()
        self.k_norm = norm(width, encoder) if normed else nn.Identity()
        self.proj = nn.Linear(width, width)
        nn.init.trunc_normal_(self.proj.weight, std=0.02)
        nn.init.zeros_(self.proj.bias)

    def forward(self, tokens: Tensor, grid: tuple[int, int, int]) -> Tensor:
        """(B, N, width) to the same shape."""
        bias: Tensor | None = self.qkv.bias
        if self.q_bias is not None and self.v_bias is not None:
            bias = torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])
        queries, keys, values = functional.linear(tokens, self.qkv.weight, bias).chunk(3, dim=-1)
        queries, keys = self.q_norm(queries), self.k_norm(keys)
        split = [each.unflatten(-1, (self.heads, -1)).transpose(1, 2) for each in (queries, keys, values)]
        if self.rotates:
            split[:2] = [rotated(each, grid) for each in split[:2]]
        return self.proj(attend_split(*split))


class Perceptron(nn.Module):
    """Widen fourfold, GELU, narrow."""

    def __init__(self, width: int, encoder: str) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, MLP_RATIO * width)
        self.act = nn.GELU(approximate="tanh" if encoder == "internvideo2" else "none")
        self.fc2 = nn.Linear(MLP_RATIO * width, width)
        for layer in (self.fc1, self.fc2):
            nn.init.trunc_normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, N, width) to the same shape."""
        return self.fc2(self.act(self.fc1(tokens)))


class LayerScale(nn.Module):
    """A learnable factor for each channel of a branch; small at first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), LAYER_SCALE))

    def forward(self, branch: Tensor) -> Tensor:
        """(B, N, width) to the same shape."""
        return branch * self.gamma


def norm(width: int, encoder: str) -> nn.Module:
    """The norm of an encoder's family."""
    return nn.RMSNorm(width, eps=EPS) if encoder == "internvideo2" else nn.LayerNorm(width, eps=EPS)


def sinusoids(count: int, width: int) -> Tensor:
    """Positions (count, width) of Vaswani et al. 2017: sine and cosine take turns along the channels."""
    channel = torch.arange(width, dtype=torch.float64)
    rate = 10000 ** (-2 * torch.div(channel, 2, rounding_mode="floor") / width)
    angle = torch.arange(count, dtype=torch.float64)[:, None] * rate
    return torch.where(channel % 2 == 0, angle.sin(), angle.cos()).float()


def resized_positions(positions: Tensor, before: tuple[int, int, int], after: tuple[int, int, int]) -> Tensor:
    """(1, t h w, C) from one grid (t, h, w) to another: linear in time, bicubic in space."""
    if before == after:
        return positions
    channels = positions.shape[-1]
    laid = positions.view(*before, channels).permute(1, 2, 3, 0).reshape(1, -1, before[0])
    if before[0] != after[0]:
        laid = functional.interpolate(laid, size=after[0], mode="linear", align_corners=False)
    laid = laid.view(before[1], before[2], channels, after[0]).permute(3, 2, 0, 1)
    if before[1:] != after[1:]:
        laid = functional.interpolate(laid, size=after[1:], mode="bicubic", align_corners=False)
    return laid.permute(0, 2, 3, 1).reshape(1, -1, channels)
