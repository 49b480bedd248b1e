"""A video transformer and a decoder over four of its levels, after what is known of the AIM 2024 winner (CV_MM).

The decoder climbs from the deepest level to the first; at the deepest one every cell attends along time,
but not across cuts: attention lags behind what is shown, and begins anew where the scene does. The centre
prior lies under the logits, and an embedding of the way up tells squeezed pictures apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from training.config.nets import UmtHierNet
from training.grid import Orientation
from training.models.attention import attend
from training.models.center_prior import Priors
from training.models.lite2d import IMAGENET_DEVIATION, IMAGENET_MEAN
from training.models.parts import Conv3d, Normalise, group_norm, resized, zeroed
from training.models.prior_logits import PriorLogits
from training.models.shots import shot_numbers
from training.models.visual import Visual, trainable
from training.models.vit import VideoTransformer

HEADS = 8


class UmtHier(Visual):
    """319 M parameters and 188 GFLOP a frame in size L for windows of 16 x 224 x 224; 100 M and 65 in size B."""

    # Sound joins at the deepest level.
    hearing = 3

    def __init__(self, config: UmtHierNet, priors: Priors) -> None:
        super().__init__(config.map_stride)
        width = config.decoder_width
        self.hearing_channels = width
        self._cut_share = config.cut_share
        self._tubelet = config.tubelet
        self._frozen = config.frozen_encoder
        self.normalise = Normalise(IMAGENET_MEAN, IMAGENET_DEVIATION)
        self.encoder = VideoTransformer(config)
        if self._frozen:
            self.encoder.requires_grad_(False)
        self.laterals = nn.ModuleList(Lateral(self.encoder.width, width) for _ in range(4))
        self.in_time = TimeAttention(width, config.frames // config.tubelet)
        self.orientation = zeroed(nn.Embedding(len(Orientation), width))
        self.deepest = Residual(width, width)
        self.join_third = Residual(2 * width, width)
        self.raise_second = raising(width, width // 2, 2)
        self.raise_second_lateral = raising(width, width // 2, 2)
        self.join_second = Residual(width, width // 2)
        self.raise_first = raising(width // 2, width // 4, 2)
        self.raise_first_lateral = raising(width, width // 4, 4)
        self.join_first = Residual(width // 2, width // 4)
        self.head = zeroed(nn.Conv3d(width // 4, 1, (1, 3, 3), padding=(0, 1, 1)))
        self.prior = PriorLogits(priors)

    def train(self, mode: bool = True) -> UmtHier:
        """Switch as usual, save for a frozen encoder, which drops nothing."""
        super().train(mode)
        if self._frozen:
            self.encoder.eval()
        return self

    def encode(self, pictures: Tensor, orientation: Orientation) -> list[Tensor]:
        """(B, T, 3, H, W) to four levels (B, width, T/tubelet, H/patch, W/patch), the deepest one mixed in time."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self._frozen):
            tapped = self.encoder(self.normalise(pictures).transpose(1, 2))
        levels = [lateral(each) for lateral, each in zip(self.laterals, tapped, strict=True)]
        which = list(Orientation).index(orientation)
        deepest = levels[3] + self.orientation.weight[which][:, None, None, None]
        shots = shot_numbers(pictures, self._cut_share)[:, :: self._tubelet]
        return [*levels[:3], self.in_time(deepest, shots)]

    def decode(self, levels: Sequence[Tensor], seconds: Tensor, grid: tuple[int, int]) -> Tensor:
        """Levels to logits (B, T, *grid)."""
        first, second, third, deepest = levels
        features = self.deepest(deepest)
        features = self.join_third(torch.cat([features, third], dim=1))
        both = [self.raise_second(features), self.raise_second_lateral(second)]
        features = self.join_second(torch.cat(both, dim=1))
        both = [self.raise_first(features), self.raise_first_lateral(first)]
        features = self.join_first(torch.cat(both, dim=1))
        return resized(self.head(features), (seconds.shape[1], *grid))[:, 0]

    def encoder_layers(self) -> list[list[nn.Parameter]]:
        """Embedding and positions, then the blocks; nothing when the encoder is frozen."""
        blocks = [trainable(block) for block in self.encoder.blocks]
        inside = {id(parameter) for block in blocks for parameter in block}
        embedding = [each for each in trainable(self.encoder) if id(each) not in inside]
        return [layer for layer in (embedding, *blocks) if layer]


class Lateral(nn.Module):
    """Norm over the channels, then 1x1x1."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(before)
        self.narrow = nn.Linear(before, after)

    def forward(self, features: Tensor) -> Tensor:
        """(B, before, t, h, w) to (B, after, t, h, w)."""
        return self.narrow(self.norm(features.movedim(1, -1))).movedim(-1, 1)


class TimeAttention(nn.Module):
    """Residual attention of every cell along time, with a learnable bias by distance, within a shot."""

    def __init__(self, channels: int, moments: int) -> None:
        super().__init__()
        self._reach = moments - 1
        self.norm = nn.LayerNorm(channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.distance = nn.Parameter(torch.zeros(HEADS, 2 * moments - 1))
        self.proj = nn.Linear(channels, channels)

    def forward(self, features: Tensor, shots: Tensor) -> Tensor:
        """(B, C, t, h, w) to the same shape; `shots` (B, t) numbers the shots."""
        cells = features.permute(0, 3, 4, 2, 1)
        queries, keys, values = self.qkv(self.norm(cells)).flatten(0, 2).chunk(3, dim=-1)
        mixed = attend(queries, keys, values, HEADS, self._bias(shots, cells.shape[1] * cells.shape[2]))
        return features + self.proj(mixed).view_as(cells).permute(0, 4, 3, 1, 2)

    def _bias(self, shots: Tensor, cells: int) -> Tensor:
        place = torch.arange(shots.shape[1], device=shots.device)
        offset = (place[:, None] - place).clamp(-self._reach, self._reach) + self._reach
        apart = (shots[:, :, None] != shots[:, None, :])[:, None]
        bias = self.distance[:, offset].masked_fill(apart, -torch.inf)
        return bias.repeat_interleave(cells, dim=0)


class Residual(nn.Module):
    """Two 3x3x3 convolutions with group norms, added to the input, which is narrowed where it must be."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Conv3d(before, after, 3, padding=1, bias=False),
            group_norm(after),
            nn.GELU(),
            Conv3d(after, after, 3, padding=1, bias=False),
            group_norm(after),
        )
        self.skip = nn.Identity() if before == after else nn.Conv3d(before, after, kernel_size=1)
        self.act = nn.GELU()

    def forward(self, features: Tensor) -> Tensor:
        """(B, before, t, h, w) to (B, after, t, h, w)."""
        return self.act(self.skip(features) + self.layers(features))


def raising(before: int, after: int, factor: int) -> nn.ConvTranspose3d:
    """A transposed convolution that makes the grid finer in space."""
    return nn.ConvTranspose3d(before, after, (1, factor, factor), stride=(1, factor, factor))
