"""Batches are a function of the seed, the step and the rank, and show every clip evenly."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from training import sound
from training.batches import Batch, Sampler, even_batches, gather
from training.clips import ClipSet
from training.grid import Orientation
from training.windows import Pick, Window

DENSE = Window.dense(4, 0.2, jitter=0.2)


def sampler(clips: ClipSet, window: Window = DENSE, **wishes: int) -> Sampler:
    return Sampler(clips, **{"window": window, "batch": 4, "windows_per_clip": 6, "seed": 3, **wishes})


def same(one: Batch, other: Batch) -> bool:
    return all(
        np.array_equal(mine, getattr(other, name)) for name, mine in vars(one).items() if mine is not None
    )


def test_a_step_gives_the_same_batch_whatever_came_before(spot_clips: ClipSet) -> None:
    walked = sampler(spot_clips)
    for step in range(11):
        batch = walked.batch(step)
    assert same(batch, sampler(spot_clips).batch(10))


def test_another_seed_gives_another_order(spot_clips: ClipSet) -> None:
    one, other = (sampler(spot_clips, seed=seed).batch(0) for seed in (1, 2))
    assert one.pictures.shape != other.pictures.shape or not same(one, other)


def test_two_ranks_share_the_batch_of_one_process_of_twice_the_size(spot_clips: ClipSet) -> None:
    whole = sampler(spot_clips, batch=8)
    ranks = [sampler(spot_clips, batch=4, rank=rank, world=2) for rank in (0, 1)]
    assert {each.steps_per_epoch for each in ranks} == {whole.steps_per_epoch}
    for step in range(3):
        expected = whole.batch(step)
        for rank, own in enumerate(ranks):
            half = own.batch(step)
            np.testing.assert_array_equal(half.pictures, expected.pictures[rank::2])
            np.testing.assert_array_equal(half.valid, expected.valid[rank::2])
            np.testing.assert_array_equal(half.clips, expected.clips[rank::2])


def test_an_epoch_holds_every_part_of_every_clip_once(spot_clips: ClipSet) -> None:
    drawn = sampler(spot_clips, Window.lagged([0, 0.2]))
    seen: Counter[tuple[int, int]] = Counter()
    for step in range(drawn.steps_per_epoch):
        batch = drawn.batch(step)
        moments = (round(second * 10) for second in batch.seconds[:, 0].tolist())
        seen.update(zip(batch.clips.tolist(), moments, strict=True))
    # Six parts of 0.2 s; a start is drawn anywhere in one, and the nearest moment is taken.
    for clip in range(4):
        of_clip = Counter({moment: count for (own, moment), count in seen.items() if own == clip})
        for part in range(6):
            assert sum(of_clip[moment] for moment in range(2 * part, 2 * part + 3)) >= 1
    # Three wide clips fill 18 places and are filled up to 20; one tall clip fills 6 of 8.
    assert sum(seen.values()) == 28


def test_every_moment_of_a_clip_is_a_target_before_long(spot_clips: ClipSet) -> None:
    drawn = sampler(spot_clips, Window.dense(4, 0.1))
    seen: set[tuple[int, int]] = set()
    for step in range(4 * drawn.steps_per_epoch):
        batch = drawn.batch(step)
        for clip, seconds, valid in zip(batch.clips, batch.seconds, batch.valid, strict=True):
            seen.update((int(clip), round(second * 10)) for second in seconds[valid].tolist())
    assert seen == {(clip, moment) for clip in range(4) for moment in range(12)}


def test_pictures_lie_the_lags_back_and_stop_at_the_start(spot_clips: ClipSet) -> None:
    batch = gather(spot_clips, [Pick(3, 0.5), Pick(3, 0.1)], Window.lagged([0, 0.3]))
    tall = spot_clips.clips[3].pictures
    assert tall is not None
    np.testing.assert_array_equal(batch.pictures[0], tall[[5, 2]])
    np.testing.assert_array_equal(batch.pictures[1], tall[[1, 0]])
    assert batch.valid.shape == (2, 1) and batch.valid.all()


def test_places_beyond_the_ends_repeat_the_edge_and_do_not_count(spot_clips: ClipSet) -> None:
    batch = gather(spot_clips, [Pick(0, -0.2), Pick(0, 1.0)], Window.dense(4, 0.1))
    pictures = spot_clips.clips[0].pictures
    assert pictures is not None
    np.testing.assert_array_equal(batch.pictures[0], pictures[[0, 0, 0, 1]])
    np.testing.assert_array_equal(batch.valid, [[False, False, True, True], [True, True, False, False]])
    np.testing.assert_array_equal(batch.pictures[1], pictures[[10, 11, 11, 11]])


def test_a_clip_shorter_than_the_window_is_padded_and_counted(spot_clips: ClipSet) -> None:
    window = Window.dense(16, 0.2)
    assert spot_clips.too_short(window) == [clip.name for clip in spot_clips.clips]
    drawn = sampler(spot_clips, window)
    for step in range(drawn.steps_per_epoch):
        # All of the clip is in every window: twelve moments, every other of them.
        assert (drawn.batch(step).valid.sum(1) >= 5).all()


def test_moments_that_nobody_looked_at_and_the_first_ones_are_not_valid(spot_clips: ClipSet) -> None:
    clip = spot_clips.clips[0]
    points = [*clip.points[:3], np.empty((0, 2), np.int64), *clip.points[4:]]
    clips = replace(spot_clips, clips=[replace(clip, points=points, reliability=0.5)])
    batch = gather(clips, [Pick(0, 0.0)], replace(Window.dense(5, 0.1), skip_first_s=0.15))
    np.testing.assert_array_equal(batch.valid, [[False, False, True, False, True]])
    assert clips.clips[0].empty_moments == 1
    np.testing.assert_array_equal(batch.weight, np.full((1, 5), 0.5))
    np.testing.assert_array_equal(np.bincount(batch.owner, minlength=5), [20, 20, 20, 0, 20])


def test_points_are_shares_of_the_picture_at_pixel_centres(spot_clips: ClipSet) -> None:
    batch = gather(spot_clips, [Pick(0, 0.0), Pick(1, 0.3)], Window.dense(2, 0.1))
    expected = (np.array(spot_clips.clips[1].points[4]) + 0.5) / [180, 320]
    np.testing.assert_allclose(batch.points[batch.owner == 3], expected, rtol=1e-6)
    np.testing.assert_allclose(batch.sigma, [[9.6 / 180, 9.6 / 320]] * 2)


def test_sound_begins_before_the_window_and_a_clip_without_a_track_is_told_from_silence(
    spot_clips: ClipSet,
) -> None:
    heard = np.arange(120, dtype=np.float16) * np.ones((sound.MELS, 1), np.float16)
    clips = replace(spot_clips, clips=[replace(spot_clips.clips[0], sound=heard), spot_clips.clips[1]])
    window = replace(Window.dense(4, 0.1), sound_before_s=0.5)
    batch = gather(clips, [Pick(0, 0.2), Pick(1, 0.2)], window)
    assert batch.sound is not None and batch.sound.shape == (2, sound.MELS, 80)
    np.testing.assert_allclose(batch.sound[0, 0], [sound.SILENCE] * 30 + list(range(50)), rtol=1e-3)
    assert np.isnan(batch.sound[1]).all()
    assert gather(clips, [Pick(0, 0.2)], Window.dense(4, 0.1)).sound is None


def test_validation_sees_the_same_windows_of_all_clips_once(spot_clips: ClipSet) -> None:
    windows = [Window.dense(4, 0.1), Window.lagged([0, 0.2])]
    for window in windows:
        batches = list(even_batches(spot_clips, window, batch=4, windows_per_clip=3))
        assert Counter(int(clip) for batch in batches for clip in batch.clips) == dict.fromkeys(range(4), 3)
        assert all(batch.valid.all() for batch in batches)
        again = even_batches(spot_clips, window, batch=4, windows_per_clip=3)
        assert all(same(one, other) for one, other in zip(batches, again, strict=True))
    assert [batch.orientation for batch in batches] == [Orientation.LANDSCAPE] * 3 + [Orientation.PORTRAIT]


def test_tensors_are_the_batch_with_pictures_from_0_to_1(spot_clips: ClipSet) -> None:
    batch = sampler(spot_clips).batch(0)
    there = batch.tensors(torch.device("cpu"))
    assert there.pictures.shape == (4, 4, 3, *batch.pictures.shape[2:4])
    np.testing.assert_allclose(
        there.pictures[1, 2, 0].numpy(), batch.pictures[1, 2, :, :, 0] / 255, rtol=1e-6
    )
    np.testing.assert_array_equal(there.owner.numpy(), batch.owner)


@pytest.mark.parametrize("names", [{"wide0", "tall"}, {"wide1"}])
def test_a_choice_of_clips_is_a_set_of_its_own(spot_clips: ClipSet, names: set[str]) -> None:
    chosen = spot_clips.only(names)
    assert {clip.name for clip in chosen.clips} == names
    assert chosen.digest == spot_clips.only(names).digest != spot_clips.digest
