"""Random changes of a batch: mirrored left to right together with its maps, and other light and colour.

The draws come from NumPy on the CPU, so they are the same on every device.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from training.config import AugmentConfig

# ITU-R BT.601 weights of red, green and blue in brightness.
LUMA = (0.299, 0.587, 0.114)


def augment(
    pictures: Tensor, maps: list[Tensor], config: AugmentConfig, rng: np.random.Generator
) -> tuple[Tensor, list[Tensor]]:
    """Change `pictures` (B, T, 3, H, W) in [0, 1] and mirror `maps`, each (B, h, w), along with them.

    The T pictures of a sample change alike. Colours may leave [0, 1] a little, as those of a real
    camera would clip.
    """
    batch = pictures.shape[0]
    mirrored = torch.from_numpy(rng.random(batch) < config.mirror).to(pictures.device)
    brightness, contrast, saturation = (
        torch.from_numpy(1 + config.colour * rng.uniform(-1, 1, batch).astype(np.float32))
        .to(pictures.device)
        .view(batch, 1, 1, 1, 1)
        for _ in range(3)
    )
    luma = (pictures * torch.tensor(LUMA, device=pictures.device).view(3, 1, 1)).sum(2, keepdim=True)
    coloured = luma + saturation * (pictures - luma)
    mean = luma.mean((1, 3, 4), keepdim=True)
    lit = brightness * (mean + contrast * (coloured - mean))
    return _mirror(lit, mirrored), [_mirror(each, mirrored) for each in maps]


def _mirror(images: Tensor, mirrored: Tensor) -> Tensor:
    chosen = mirrored.view(-1, *[1] * (images.ndim - 1))
    return torch.where(chosen, images.flip(-1), images)
