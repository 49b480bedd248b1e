"""What other people's code imports: no PyAV, batches in order, outliers by a stated rule."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.batches import Sampler
from training.clips import ClipSet
from training.data import Window, prefetched
from training.data.outliers import without_outliers


@pytest.mark.long
def test_the_loader_and_the_trainer_are_imported_without_pyav() -> None:
    program = "import sys; sys.modules['av'] = None; import training.data, training.train"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_prefetched_batches_are_those_of_the_sampler_in_order(spot_clips: ClipSet) -> None:
    def sampler() -> Sampler:
        return Sampler(spot_clips, window=Window.dense(3, 0.2), batch=2, windows_per_clip=3, seed=4)

    ahead = list(prefetched(sampler(), first=2, stop=9))
    for step, batch in enumerate(ahead, start=2):
        expected = sampler().batch(step)
        np.testing.assert_array_equal(batch.pictures, expected.pictures)
        np.testing.assert_array_equal(batch.points, expected.points)
    assert len(ahead) == 7


def test_an_error_while_gathering_comes_out_where_the_batch_is_wanted(spot_clips: ClipSet) -> None:
    sampler = Sampler(spot_clips, window=Window.dense(3, 0.2), batch=2, windows_per_clip=3, seed=4)
    sampler.batch = lambda step: 1 / 0  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        next(prefetched(sampler, first=0, stop=3))


@given(seed=st.integers(0, 2**16), crowd=st.integers(2, 30), lonely=st.integers(0, 3))
def test_only_points_without_company_are_left_out(seed: int, crowd: int, lonely: int) -> None:
    rng = np.random.default_rng(seed)
    together = rng.integers(0, 10, (crowd, 2))
    apart = np.array([[200 * (place + 1), 0] for place in range(lonely)]).reshape(-1, 2)
    points = np.concatenate([together, apart])
    kept = without_outliers(points, 15)
    np.testing.assert_array_equal(kept, points if crowd + lonely < 4 else together)


@given(observers=st.integers(20, 60), samples=st.integers(1, 5))
def test_somebody_alone_has_company_in_their_own_samples_and_is_left_out_all_the_same(
    observers: int, samples: int
) -> None:
    crowd = np.zeros((samples * (observers - 1), 2), np.int64)
    alone = np.full((samples, 2), 500)
    np.testing.assert_array_equal(without_outliers(np.concatenate([crowd, alone]), 15), crowd)


@given(samples=st.integers(1, 5))
def test_two_of_twenty_are_a_crowd(samples: int) -> None:
    points = np.repeat([[0, 0], [500, 500]], [18 * samples, 2 * samples], axis=0)
    np.testing.assert_array_equal(without_outliers(points, 15), points)


def test_a_frame_in_which_everybody_is_alone_is_kept() -> None:
    points = np.arange(5)[:, None] * np.array([100, 0])
    np.testing.assert_array_equal(without_outliers(points, 15), points)
