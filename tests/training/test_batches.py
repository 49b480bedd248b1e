"""Batches are a function of the seed and the step, and show every clip evenly."""

from collections import Counter

import numpy as np
import pytest

from training.batches import Sampler
from training.clips import ClipSet
from training.grid import Orientation


def sampler(clips: ClipSet, seed: int = 3, lag_moments: tuple[int, ...] = (0, 2)) -> Sampler:
    return Sampler(clips, lag_moments=lag_moments, batch=4, frames_per_clip=6, seed=seed)


def test_a_step_gives_the_same_batch_whatever_came_before(spot_clips: ClipSet) -> None:
    walked = sampler(spot_clips)
    for step in range(11):
        batch = walked.batch(step)
    jumped = sampler(spot_clips).batch(10)
    np.testing.assert_array_equal(batch.pictures, jumped.pictures)
    np.testing.assert_array_equal(batch.density, jumped.density)
    assert batch.orientation is jumped.orientation


def test_another_seed_gives_another_order(spot_clips: ClipSet) -> None:
    one, other = (sampler(spot_clips, seed).batch(0) for seed in (1, 2))
    assert one.pictures.shape != other.pictures.shape or (one.pictures != other.pictures).any()


def test_an_epoch_holds_every_part_of_every_clip_once(spot_clips: ClipSet) -> None:
    drawn = sampler(spot_clips)
    seen: Counter[tuple[Orientation, int]] = Counter()
    for step in range(drawn.steps_per_epoch):
        batch = drawn.batch(step)
        seen.update((batch.orientation, round(second * 10) // 2) for second in batch.seconds.tolist())
    # Three wide clips fill 18 places and are filled up to 20; one tall clip fills 6 of 8.
    for part in range(6):
        assert seen[Orientation.LANDSCAPE, part] >= 3
        assert seen[Orientation.PORTRAIT, part] >= 1
    assert sum(seen.values()) == 28


def test_pictures_lie_the_lags_back_and_stop_at_the_start(spot_clips: ClipSet) -> None:
    tall = spot_clips.clips[-1]
    assert tall.pictures is not None
    drawn = sampler(spot_clips, lag_moments=(0, 3))
    for step in range(drawn.steps_per_epoch):
        batch = drawn.batch(step)
        if batch.orientation is not Orientation.PORTRAIT:
            continue
        for pictures, second in zip(batch.pictures, batch.seconds.tolist(), strict=True):
            moment = round(second * 10)
            np.testing.assert_array_equal(pictures[0], tall.pictures[moment])
            np.testing.assert_array_equal(pictures[1], tall.pictures[max(0, moment - 3)])


def test_targets_are_densities_and_counts_keep_every_fixation(spot_clips: ClipSet) -> None:
    batch = sampler(spot_clips).batch(0)
    assert batch.pictures.dtype == np.uint8
    assert batch.density.shape == batch.counts.shape
    np.testing.assert_allclose(batch.density.sum((1, 2)), 1, rtol=1e-5)
    assert batch.counts.sum((1, 2)) == pytest.approx(20)
