"""Random changes: pictures and maps are mirrored together, colours change alike within a sample."""

import numpy as np
import torch

from training.augment import LUMA, augment
from training.config import AugmentConfig


def scene() -> tuple[torch.Tensor, torch.Tensor]:
    """Two samples of two equal pictures each, and one map a sample."""
    one = torch.rand(2, 1, 3, 8, 12, generator=torch.Generator().manual_seed(1))
    return one.expand(2, 2, 3, 8, 12), torch.rand(2, 4, 6, generator=torch.Generator().manual_seed(2))


def test_no_change_is_the_identity() -> None:
    pictures, maps = scene()
    changed, (same,) = augment(pictures, [maps], AugmentConfig(mirror=0, colour=0), np.random.default_rng(0))
    torch.testing.assert_close(changed, pictures)
    torch.testing.assert_close(same, maps)


def test_mirroring_turns_pictures_and_maps_together() -> None:
    pictures, maps = scene()
    changed, (turned,) = augment(
        pictures, [maps], AugmentConfig(mirror=1, colour=0), np.random.default_rng(0)
    )
    torch.testing.assert_close(changed, pictures.flip(-1))
    torch.testing.assert_close(turned, maps.flip(-1))


def test_the_pictures_of_a_sample_change_alike() -> None:
    pictures, maps = scene()
    changed, _ = augment(pictures, [maps], AugmentConfig(mirror=0.5, colour=0.4), np.random.default_rng(0))
    torch.testing.assert_close(changed[:, 0], changed[:, 1])
    assert not torch.allclose(changed, pictures)


def test_colours_change_as_light_does() -> None:
    pictures, maps = scene()
    changed, _ = augment(pictures, [maps], AugmentConfig(mirror=0, colour=0.4), np.random.default_rng(5))
    rng = np.random.default_rng(5)
    rng.random(2)
    brightness, contrast, saturation = 1 + 0.4 * rng.uniform(-1, 1, (3, 2))
    weights = torch.tensor(LUMA).view(3, 1, 1)
    for sample in range(2):
        grey = (pictures[sample] * weights).sum(1, keepdim=True)
        coloured = grey + saturation[sample] * (pictures[sample] - grey)
        expected = brightness[sample] * (grey.mean() + contrast[sample] * (coloured - grey.mean()))
        torch.testing.assert_close(changed[sample], expected.float(), atol=1e-5, rtol=1e-5)
