"""Random changes of a batch: mirrored left to right together with its maps, and other light and colour.

The draws come from NumPy on the CPU, so they are the same on every device.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
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
    samples = pictures.shape[0]
    mirrored = torch.from_numpy(rng.random(samples) < config.mirror).to(pictures.device)
    brightness, contrast, saturation = 1 + config.colour * rng.uniform(-1, 1, (3, samples, 1, 1))
    # Towards or away from grey, then from the mean grey, then from black: one linear map of RGB and an offset.
    grey = np.ones((3, 1)) * np.array(LUMA)
    mixing = brightness * contrast * (saturation * np.eye(3) + (1 - saturation) * grey)
    lifting = brightness * (1 - contrast) * grey
    rgb = pictures.transpose(1, 2).flatten(2)
    offset = _like(pictures, lifting) @ rgb.mean(2, keepdim=True)
    lit = (
        torch.baddbmm(offset, _like(pictures, mixing), rgb)
        .unflatten(2, pictures[0, :, 0].shape)
        .transpose(1, 2)
    )
    return _mirror(lit, mirrored), [_mirror(each, mirrored) for each in maps]


def _like(tensor: Tensor, array: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(array).to(device=tensor.device, dtype=tensor.dtype)


def _mirror(images: Tensor, mirrored: Tensor) -> Tensor:
    turned = images.clone()
    turned[mirrored] = images[mirrored].flip(-1)
    return turned
