"""A picture of how a run is doing: what was shown, where people looked, where the model thinks they would."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call

from training import memory, targets
from training.batches import even_batches
from training.clips import ClipSet
from training.config import NetworkConfig
from training.grid import Grid
from training.models import Model
from training.seeing import window_of

GAP = 4


@torch.no_grad()
def draw(
    model: Model,
    weights: Mapping[str, Tensor],
    clips: ClipSet,
    config: NetworkConfig,
    device: torch.device,
    path: Path,
) -> None:
    """Write a PNG of three pictures side by side: the middle of the first clip, its truth, the prediction.

    Raises `BadInput` when one window does not fit into memory beside the training, and OSError.
    """
    strip = memory.or_refused(
        lambda: _strip(model, weights, clips, config, device),
        lambda: memory.training_refusal(config, device, config.train.batch // 2, tried=False),
    )
    path.parent.mkdir(exist_ok=True)
    encoded, data = cv2.imencode(".png", np.ascontiguousarray(strip[..., ::-1]))
    assert encoded
    path.write_bytes(data.tobytes())


def _strip(
    model: Model, weights: Mapping[str, Tensor], clips: ClipSet, config: NetworkConfig, device: torch.device
) -> NDArray[np.uint8]:
    drawn = next(even_batches(clips, window_of(config), batch=1, windows_per_clip=1))
    batch = drawn.tensors(device)
    model.eval()
    log_p = functional_call(
        model, dict(weights), (batch.pictures, batch.seconds, batch.orientation, batch.sound)
    ).float()
    _, density = targets.render(batch, Grid(*log_p.shape[-2:]), device)
    valid = batch.valid[0].nonzero().flatten()
    moment = int(valid[len(valid) // 2]) if len(valid) else 0
    picture = drawn.pictures[0, window_of(config).targets[moment]]
    maps = [_shown(each[0, moment].cpu().numpy(), picture.shape[:2]) for each in (density, log_p.exp())]
    return _side_by_side([picture, *maps])


def _shown(density: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.uint8]:
    # A network that has lost its way may give no numbers; its picture is black.
    given = np.nan_to_num(density)
    scaled = given / max(float(given.max()), 1e-12)
    grey = cv2.resize(scaled, size[::-1], interpolation=cv2.INTER_LINEAR)
    return np.repeat((255 * grey.clip(0, 1)).astype(np.uint8)[..., None], 3, axis=2)


def _side_by_side(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    gap = np.full((pictures[0].shape[0], GAP, 3), 255, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)]
    return np.concatenate(parts[:-1], axis=1)
