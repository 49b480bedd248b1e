import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import tones
from collector.study_document import Checks


def signal(data: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)


def bursts(samples: np.ndarray) -> int:
    """How many times it gets loud: the loudness of each 10 ms, held against a tenth of the loudest."""
    frames = samples[: samples.size // 160 * 160].reshape(-1, 160)
    loud = np.sqrt((frames**2).mean(axis=1)) > 0.1 * np.iinfo(np.int16).max * tones.LOUDNESS
    return int((np.diff(loud.astype(int), prepend=0) == 1).sum())


@given(st.sampled_from(tones.COUNTS), st.integers(0, 2**128 - 1))
def test_an_ear_hears_as_many_tones_as_there_are(count, seed):
    assert bursts(signal(tones.wav(count, seed=seed))) == count


@given(st.sampled_from(tones.COUNTS), st.sampled_from(tones.COUNTS), st.integers(0, 2**32))
def test_length_and_headers_say_nothing_about_the_count(one, other, seed):
    first, second = tones.wav(one, seed=seed), tones.wav(other, seed=seed + 1)
    assert len(first) == len(second)
    assert first[:44] == second[:44]


@pytest.mark.parametrize("tries", [1, 3, 10])
def test_the_chance_of_guessing_is_what_guessing_shows(tries):
    """Every course of guesses, right or wrong, weighed by its chance."""

    def passes(left: int, run: int) -> float:
        if run == tones.IN_A_ROW:
            return 1.0
        if left == 0:
            return 0.0
        right = 1 / len(tones.COUNTS)
        return right * passes(left, run + 1) + (1 - right) * passes(left - 1, 0)

    assert tones.guessed(tries) == pytest.approx(passes(tries, 0))


def test_with_the_tries_that_a_study_has_unasked_hardly_anybody_guesses_it():
    assert tones.guessed(Checks().sound_tries) < 0.05


def test_no_moment_of_the_file_is_silent():
    frames = signal(tones.wav(1, seed=1)).reshape(-1, 100)
    assert (frames.std(axis=1) > 0).all()


@pytest.mark.parametrize("count", tones.COUNTS)
def test_the_same_tones_are_made_again_from_the_same_seed(count):
    assert tones.wav(count, seed=7) == tones.wav(count, seed=7)
    assert tones.wav(count, seed=7) != tones.wav(count, seed=8)
