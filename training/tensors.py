"""A batch on the device that trains."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from training.grid import Orientation


@dataclass(frozen=True)
class BatchTensors:
    """A `training.batches.Batch` on a device: the same axes, but pictures float32 (B, T, 3, H, W) in [0, 1].

    `most_points`: no map has more. Owners ascend.
    """

    orientation: Orientation
    pictures: Tensor
    seconds: Tensor
    sound: Tensor | None
    points: Tensor
    owner: Tensor
    sigma: Tensor
    valid: Tensor
    clips: Tensor
    weight: Tensor
    most_points: int
