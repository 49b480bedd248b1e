"""Random changes: pictures and points move together, colours change alike within a sample."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.augment import LUMA, augment
from training.config import AugmentConfig
from training.grid import Grid, Orientation
from training.targets import render, splat
from training.tensors import BatchTensors

STILL = AugmentConfig(mirror=0, colour=0)
SIZE = Grid(48, 80)
CPU = torch.device("cpu")


def scene(seed: int = 1, points_a_map: int = 6) -> BatchTensors:
    """Two samples of two equal pictures each, with the points of every map drawn white on the sample's pictures."""
    rng = torch.Generator().manual_seed(seed)
    points = torch.rand(4 * points_a_map, 2, generator=rng)
    owner = torch.arange(4).repeat_interleave(points_a_map)
    one = torch.rand(2, 1, 3, *SIZE, generator=rng)
    return BatchTensors(
        orientation=Orientation.LANDSCAPE,
        pictures=one.expand(2, 2, 3, *SIZE).clone(),
        seconds=torch.zeros(2, 2),
        sound=None,
        points=points,
        owner=owner,
        sigma=torch.full((2, 2), 0.05),
        valid=torch.ones(2, 2, dtype=torch.bool),
        clips=torch.arange(2),
        weight=torch.ones(2, 2),
        most_points=points_a_map,
    )


def test_no_change_is_the_identity() -> None:
    before = scene()
    after = augment(before, STILL, np.random.default_rng(0))
    torch.testing.assert_close(after.pictures, before.pictures)
    torch.testing.assert_close(after.points, before.points)


def test_mirroring_turns_pictures_and_maps_together() -> None:
    before = scene()
    after = augment(before, AugmentConfig(mirror=1, colour=0), np.random.default_rng(0))
    torch.testing.assert_close(after.pictures, before.pictures.flip(-1))
    maps = [splat(each.points, each.owner, 4, Grid(12, 20)) for each in (before, after)]
    torch.testing.assert_close(maps[1], maps[0].flip(-1), atol=1e-5, rtol=1e-5)


def test_only_the_mirrored_samples_move() -> None:
    before = scene()
    rng = np.random.default_rng(0)
    mirrored = np.random.default_rng(0).random(2) < 0.5
    assert mirrored.any() and not mirrored.all()
    after = augment(before, AugmentConfig(mirror=0.5, colour=0), rng)
    for sample in range(2):
        own = before.owner // 2 == sample
        moved = not torch.equal(after.points[own], before.points[own])
        assert moved == mirrored[sample]
        assert (not torch.equal(after.pictures[sample], before.pictures[sample])) == mirrored[sample]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_a_crop_moves_a_spot_and_its_fixation_alike(seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = torch.tensor(rng.uniform(0.2, 0.8, (2, 2)), dtype=torch.float32)
    before = scene()
    rows, cols = (torch.arange(side) + 0.5 for side in SIZE)
    off = ((rows[:, None] - at[:, 0, None, None] * SIZE.height) ** 2) + (
        (cols - at[:, 1, None, None] * SIZE.width) ** 2
    )
    before.pictures.copy_(torch.exp(-off / 8)[:, None, None].expand_as(before.pictures))
    before.points[:] = at[before.owner // 2]
    after = augment(before, AugmentConfig(mirror=0.5, colour=0, crop=0.9), rng)
    for sample in range(2):
        spot = after.pictures[sample, 0, 0]
        centre = torch.stack(
            [(spot.sum(1) * (rows)).sum() / SIZE.height, (spot.sum(0) * cols).sum() / SIZE.width]
        )
        point = after.points[after.owner == 2 * sample][0]
        torch.testing.assert_close(centre / spot.sum(), point, atol=3e-3, rtol=0)


def test_a_map_whose_points_are_cut_off_is_no_longer_valid() -> None:
    before = scene()
    before.points[before.owner == 1] = 0.001
    before.points[before.owner != 1] = 0.5
    changed = (
        augment(before, AugmentConfig(mirror=0, colour=0, crop=0.9), np.random.default_rng(seed))
        for seed in range(50)
    )
    after = next(each for each in changed if not each.valid.all())
    torch.testing.assert_close(after.valid, torch.tensor([[True, False], [True, True]]))
    assert (after.points[after.owner == 1] < 0).any() and (after.sigma >= before.sigma).all()


def test_a_cropped_map_is_the_map_cropped() -> None:
    """At a crop to whole cells of a fine grid: the density is that part of the whole one, scaled to 1."""
    before = scene(points_a_map=40)
    fine = render(before, SIZE, CPU)[1]
    for seed in range(5):
        rng = np.random.default_rng(seed)
        after = augment(before, AugmentConfig(mirror=0, colour=0, crop=0.9), rng)
        for sample in range(2):
            stretch = before.sigma[sample] / after.sigma[sample]
            height, width = (round(float(s) * side) for s, side in zip(stretch, SIZE, strict=True))
            first = before.owner == 2 * sample
            top, left = (
                round(
                    float(before.points[first][0, axis] - after.points[first][0, axis] * stretch[axis]) * side
                )
                for axis, side in enumerate(SIZE)
            )
            expected = fine[sample, 0, top : top + height, left : left + width]
            cropped = render(after, Grid(height, width), CPU)[1][sample, 0]
            torch.testing.assert_close(cropped, expected / expected.sum(), atol=1e-6, rtol=1e-3)


def test_the_pictures_of_a_sample_change_alike() -> None:
    before = scene()
    config = AugmentConfig(mirror=0.5, colour=0.4, crop=0.9)
    after = augment(before, config, np.random.default_rng(0))
    torch.testing.assert_close(after.pictures[:, 0], after.pictures[:, 1])
    assert not torch.allclose(after.pictures, before.pictures)


def test_colours_change_as_light_does() -> None:
    before = scene()
    after = augment(before, AugmentConfig(mirror=0, colour=0.4), np.random.default_rng(5))
    rng = np.random.default_rng(5)
    rng.random(2)
    brightness, contrast, saturation = 1 + 0.4 * rng.uniform(-1, 1, (3, 2))
    weights = torch.tensor(LUMA).view(3, 1, 1)
    for sample in range(2):
        pictures = before.pictures[sample]
        grey = (pictures * weights).sum(1, keepdim=True)
        coloured = grey + saturation[sample] * (pictures - grey)
        expected = brightness[sample] * (grey.mean() + contrast[sample] * (coloured - grey.mean()))
        torch.testing.assert_close(after.pictures[sample], expected.float(), atol=1e-5, rtol=1e-5)


def test_a_crop_may_not_take_much() -> None:
    with pytest.raises(ValueError, match=r"greater than or equal to 0\.9"):
        AugmentConfig(crop=0.5)
