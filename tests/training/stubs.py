"""Networks whose maps say what they were shown, and videos in memory whose pictures say which ones they are."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from processing.video import VideoFacts
from training import streams
from training.config import Config
from training.grid import Orientation
from training.models import Model
from training.predictor import Maps, Predictor

CPU = torch.device("cpu")
MAP_STRIDE = 4

# What the first cells of a map say, as differences of logits from the cell before them: normalising takes no part
# of that away. The last cell says when.
TOLD_FROM = 1
# The grey of a frame is its number, and a logit says a tenth of it.
PER_FRAME = 10

VIDEO = Path("in-memory.mp4")


class Told(Model):
    """A network whose maps say what they were made from."""

    def __init__(self) -> None:
        super().__init__(MAP_STRIDE)
        self.windows: list[list[int]] = []

    def forward(
        self, pictures: Tensor, seconds: Tensor, orientation: Orientation, sound: Tensor | None = None
    ) -> Tensor:
        """Log-density (B, K, H/4, W/4)."""
        frames = pictures.mean((2, 3, 4)) * 255
        self.windows += frames.round().int().tolist()
        said = self.said(frames / PER_FRAME)
        logits = torch.zeros(*said.shape[:2], *(side // MAP_STRIDE for side in pictures.shape[-2:]))
        cells = logits.flatten(2)
        cells[..., TOLD_FROM : TOLD_FROM + said.shape[2]] = said
        cells[..., -1] = seconds[:, : said.shape[1]]
        return cells.log_softmax(-1).view_as(logits)

    def said(self, frames: Tensor) -> Tensor:
        """(B, T), a tenth of each frame's number, to (B, K, cells)."""
        raise NotImplementedError


class EachItsOwn(Told):
    """Of every picture of a window: its frame, its place in the window, and the mean frame of the whole window."""

    def said(self, frames: Tensor) -> Tensor:
        """(B, T) to (B, T, 3)."""
        places = torch.arange(frames.shape[1]).expand_as(frames)
        return torch.stack([frames, places, frames.mean(1, keepdim=True).expand_as(frames)], dim=2)


class AllInOne(Told):
    """Of one moment: the frames that were shown for it."""

    def said(self, frames: Tensor) -> Tensor:
        """(B, T) to (B, 1, T)."""
        return frames[:, None]


def predictor_of(model: Model, config: Config, windows: int = 8, *, mirror: bool = False) -> Predictor:
    """A predictor that asks that model."""
    return Predictor(model.eval(), config, CPU, mirror, windows)


def told(maps: Iterator[Maps] | Sequence[Maps], cells: int) -> tuple[NDArray[np.float32], list[float]]:
    """What each of the maps says, (frames, cells), and of which second it is; each of them is a log-density."""
    found = np.stack([each.ravel() for each in maps])
    np.testing.assert_allclose(np.exp(found).sum(1), 1, atol=1e-5)
    said = found - found[:, :1]
    return said[:, TOLD_FROM : TOLD_FROM + cells], said[:, -1].tolist()


def shown(
    monkeypatch: pytest.MonkeyPatch, fps: Fraction, frames: Sequence[int], size: tuple[int, int] = (64, 64)
) -> VideoFacts:
    """A video in place of every other one, whose pictures are as grey as these numbers."""
    height, width = size

    def pictures(path: Path) -> Iterator[NDArray[np.uint8]]:
        return (np.full((height, width, 3), grey, np.uint8) for grey in frames)

    monkeypatch.setattr(streams, "read_rgb", pictures)
    duration_s = float(len(frames) / fps)
    return VideoFacts(width, height, fps, len(frames), "none", False, True, duration_s)
