"""A visual network that listens as well, where what is heard belongs to what is seen.

Sound becomes tokens in time and pitch. One level of the visual features attends to them, and what it finds is
added through a gate: one number for each window, from how well the pooled picture and the pooled sound agree.
The last layer of that branch begins at zero, so the network begins as the visual one, to the last bit.
Without sound there is one learnt token in place of all.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config.nets import AvGateNet
from training.grid import Orientation
from training.models.attention import attend
from training.models.model import Model
from training.models.parts import group_norm, zeroed
from training.models.visual import Visual, layered
from training.sound import LEAD_S, STEPS_PER_S

HEADS = 8

# Channels of the convolutions that halve time and pitch; the last has the configured width.
EARS = (32, 64, 128)
HALVINGS = len(EARS) + 1
# Time from one token to the next.
STEP_S = 2**HALVINGS / STEPS_PER_S

# The slowest sinusoid of the times has about this period.
LONGEST_S = 20.0


class AvGate(Model):
    """About 0.9 M parameters more than the visual network in it."""

    listens = True

    def __init__(self, config: AvGateNet, visual: Visual) -> None:
        super().__init__(visual.map_stride)
        self._dropout = config.audio_dropout
        self.visual = visual
        self.ears = Ears(config.mels, config.audio_width)
        self.gate = Gate(visual.hearing_channels, config.audio_width)

    def forward(
        self, pictures: Tensor, seconds: Tensor, orientation: Orientation, sound: Tensor | None = None
    ) -> Tensor:
        """Log-density (B, T, H/stride, W/stride); `sound` (B, mels, steps) begins half a second before.

        A window of NaN is one of a clip without a sound track; None says that of all.
        """
        levels = self.visual.encode(pictures, orientation)
        tokens = self.ears(sound, self._muted(len(pictures), pictures.device), len(pictures))
        place = self.visual.hearing
        levels[place] = self.gate(levels[place], tokens, seconds - seconds[:, :1])
        return self.visual.densities(levels, pictures, seconds, orientation)

    def layers(self) -> list[list[nn.Parameter]]:
        """The visual encoder's layers, then everything else."""
        return layered(self, self.visual.encoder_layers())

    def _muted(self, batch: int, device: torch.device) -> Tensor:
        if not self.training:
            return torch.zeros(batch, dtype=torch.bool, device=device)
        return torch.rand(batch, device=device) < self._dropout


class Ears(nn.Module):
    """Log-mel spectrogram to tokens with their times."""

    def __init__(self, mels: int, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 1
        for after in (*EARS, width):
            layers += [nn.Conv2d(before, after, 3, 2, 1, bias=False), group_norm(after), nn.GELU()]
            before = after
        self.layers = nn.Sequential(*layers)
        self.pitch = nn.Parameter(torch.zeros(mels // 2**HALVINGS, width))
        self.silence = nn.Parameter(torch.empty(width))
        nn.init.trunc_normal_(self.pitch, std=0.02)
        nn.init.trunc_normal_(self.silence, std=0.02)

    def forward(self, sound: Tensor | None, muted: Tensor, batch: int) -> Tensor:
        """(B, mels, steps) to (B, N, width); windows that are `muted` (B,) or NaN have the token of silence alone."""
        if sound is None:
            return self.silence.expand(batch, 1, -1)
        silent = muted | sound[:, 0, 0].isnan()
        heard = self.layers(sound.nan_to_num()[:, None])
        times = torch.arange(heard.shape[3], device=sound.device) * STEP_S - LEAD_S
        tokens = heard.permute(0, 3, 2, 1) + self.pitch + waves(times, heard.shape[1])[:, None]
        return torch.where(silent[:, None, None], self.silence, tokens.flatten(1, 2))


class Gate(nn.Module):
    """Add what the sound says about each place, as far as picture and sound belong together."""

    def __init__(self, seen: int, heard: int) -> None:
        super().__init__()
        self.norm_seen = nn.LayerNorm(seen)
        self.norm_heard = nn.LayerNorm(heard)
        self.queries = nn.Linear(seen, heard)
        self.keys_values = nn.Linear(heard, 2 * heard)
        self.proj = zeroed(nn.Linear(heard, seen))
        self.pool_seen = nn.Linear(seen, heard)
        self.pool_heard = nn.Linear(heard, heard)
        self.sharpness = nn.Parameter(torch.tensor(4.0))
        self.threshold = nn.Parameter(torch.zeros(()))

    def forward(self, features: Tensor, tokens: Tensor, seconds: Tensor) -> Tensor:
        """(B, C, t, h, w) to the same shape; `tokens` (B, N, heard), `seconds` (B, T) since the window's start."""
        cells = self.norm_seen(features.movedim(1, -1))
        listened = self.norm_heard(tokens)
        moments = functional.interpolate(seconds[:, None], size=features.shape[2], mode="linear")[:, 0]
        queries = self.queries(cells) + waves(moments, tokens.shape[-1])[:, :, None, None]
        keys, values = self.keys_values(listened).chunk(2, dim=-1)
        told = self.proj(attend(queries.flatten(1, 3), keys, values, HEADS)).view_as(cells)
        relevance = self._relevance(cells, listened)[:, None, None, None, None]
        return features + (relevance * told).movedim(-1, 1)

    def _relevance(self, cells: Tensor, listened: Tensor) -> Tensor:
        seen = self.pool_seen(cells.mean((1, 2, 3)))
        heard = self.pool_heard(listened.mean(1))
        agreement = functional.cosine_similarity(seen.float(), heard.float(), dim=-1)
        return torch.sigmoid(self.sharpness * (agreement - self.threshold))


def waves(times: Tensor, channels: int) -> Tensor:
    """Times (...) in seconds as sines and cosines (..., channels)."""
    half = channels // 2
    slowest = 2 * math.pi / LONGEST_S
    rate = slowest * 100 ** (torch.arange(half, device=times.device) / half)
    angle = times[..., None] * rate
    return torch.cat([angle.sin(), angle.cos()], dim=-1)
