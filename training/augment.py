"""Random changes of a batch that leave attention where it was: mirrored, cropped a little, in other light.

Pictures and fixation points move together, and the maps are rendered from the points afterwards. The draws come
from NumPy on the CPU, so they are the same on every device.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.config import AugmentConfig
from training.device import moved
from training.tensors import BatchTensors

# ITU-R BT.601 weights of red, green and blue in brightness.
LUMA = (0.299, 0.587, 0.114)


def augment(batch: BatchTensors, config: AugmentConfig, rng: np.random.Generator) -> BatchTensors:
    """Change a batch; the T pictures of a sample change alike.

    Colours may leave [0, 1] a little, as those of a real camera would clip.
    """
    samples = len(batch.pictures)
    mirrored = moved(torch.from_numpy(rng.random(samples) < config.mirror), batch.pictures.device)
    light = 1 + config.colour * rng.uniform(-1, 1, (3, samples, 1, 1))
    window = rng.random((3, samples))
    if config.colour:
        batch = replace(batch, pictures=_lit(batch.pictures, *light))
    if config.mirror:
        batch = _mirror(batch, mirrored)
    return _crop(batch, config.crop, window) if config.crop < 1 else batch


def _lit(
    pictures: Tensor,
    brightness: NDArray[np.float64],
    contrast: NDArray[np.float64],
    saturation: NDArray[np.float64],
) -> Tensor:
    # Towards or away from grey, then from the mean grey, then from black: one linear map of RGB and an offset.
    grey = np.ones((3, 1)) * np.array(LUMA)
    mixing = brightness * contrast * (saturation * np.eye(3) + (1 - saturation) * grey)
    lifting = brightness * (1 - contrast) * grey
    offset = _like(pictures, lifting) @ pictures.mean((1, 3, 4))[..., None]
    lit = _like(pictures, mixing)[:, None] @ pictures.flatten(3)
    return lit.add_(offset[:, None]).view_as(pictures)


def _mirror(batch: BatchTensors, mirrored: Tensor) -> BatchTensors:
    # Never picked by a mask: how many there are is nothing that a GPU could say without being waited for.
    pictures = torch.where(mirrored[:, None, None, None, None], batch.pictures.flip(-1), batch.pictures)
    row, col = batch.points.unbind(1)
    turned = mirrored[batch.owner // batch.valid.shape[1]]
    return replace(batch, pictures=pictures, points=torch.stack([row, torch.where(turned, 1 - col, col)], 1))


def _crop(batch: BatchTensors, least: float, drawn: NDArray[np.float64]) -> BatchTensors:
    """Keep a rectangle of each sample, at least the share `least` of either side, stretched to the whole grid.

    Points outside of it stay outside of the picture, where their Gaussians still reach into the map; a map that
    loses all of its points is no longer valid. The rectangle is cut at pixels of the input grid, so that points and
    pictures move by exactly the same.
    """
    size = np.array(batch.pictures.shape[-2:])
    kept = np.rint((least + (1 - least) * drawn[:1].T) * size).astype(np.int64)
    corner = np.rint(drawn[1:].T * (size - kept)).astype(np.int64)
    pictures = torch.stack(
        [
            functional.interpolate(
                clip[..., top : top + height, left : left + width],
                size=tuple(size.tolist()),
                mode="bilinear",
                align_corners=False,
            )
            for clip, (top, left), (height, width) in zip(
                batch.pictures, corner.tolist(), kept.tolist(), strict=True
            )
        ]
    )
    share, shift = (_like(batch.points, each / size) for each in (kept, corner))
    sample = batch.owner // batch.valid.shape[1]
    moved = (batch.points - shift[sample]) / share[sample]
    inside = ((moved >= 0) & (moved < 1)).all(1)
    seen = batch.owner.new_zeros(batch.valid.numel()).index_add(0, batch.owner, inside.long()) > 0
    return replace(
        batch,
        pictures=pictures,
        points=moved,
        sigma=batch.sigma / share,
        valid=batch.valid & seen.view_as(batch.valid),
    )


def _like(tensor: Tensor, array: NDArray[np.float64]) -> Tensor:
    return moved(torch.from_numpy(array).to(tensor.dtype), tensor.device)
