import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.scoring.tally import MAX_PAIRS, Tallier


def counted(prediction, truth, levels):
    """The same by NumPy: the pairs in use, ascending, and how many pixels have each."""
    pairs = prediction.astype(np.int64) * levels + truth
    used, pixels = np.unique(pairs, return_counts=True)
    return used // levels, used % levels, pixels


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.sampled_from([(np.uint8, 256), (np.uint16, 1024), (np.uint16, 7)]),
    st.sampled_from([(np.uint8, 256), (np.uint16, 1024), (np.uint16, 5)]),
)
def test_pairs_are_counted_as_numpy_counts_them(seed, shape, predicted, true):
    rng = np.random.default_rng(seed)
    tallier = Tallier()
    for _ in range(2):  # the second frame finds the table as the first one left it
        prediction = rng.integers(0, predicted[1], shape).astype(predicted[0])
        truth = rng.integers(0, true[1], shape).astype(true[0])
        found = tallier(prediction, truth, (predicted[1], true[1]))
        for own, expected in zip(found, counted(prediction, truth, true[1]), strict=True):
            assert (own == expected).all()
        histogram = found.prediction_histogram(predicted[1])
        assert (histogram == np.bincount(prediction.ravel(), minlength=predicted[1])).all()


def test_the_highest_codes_of_ten_bits_fit():
    high = np.full((2, 3), 1023, np.uint16)
    assert MAX_PAIRS == 1024 * 1024
    prediction, truth, pixels = Tallier()(high, high, (1024, 1024))
    assert (prediction.tolist(), truth.tolist(), pixels.tolist()) == ([1023], [1023], [6])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 12), st.integers(0, 3))
def test_runs_of_equal_pixels_are_counted_in_words_as_one_by_one(seed, rows, words, offset):
    rng = np.random.default_rng(seed)
    wide = [np.repeat(rng.integers(0, 3, (rows, words + 1)), 4, axis=1).astype(np.uint16) for _ in range(2)]
    # An offset takes the rows off the bounds of words, and so to the other way of counting.
    prediction, truth = (codes[:, offset : offset + 4 * words] for codes in wide)
    found = Tallier()(prediction, truth, (1024, 1024))
    for own, expected in zip(found, counted(prediction, truth, 1024), strict=True):
        assert (own == expected).all()


def test_views_into_wider_rows_are_counted_without_their_padding():
    padded = np.full((4, 10), 9, np.uint16)
    padded[:, :6] = 1
    assert Tallier()(padded[:, :6], padded[:, :6], (16, 16)).pixels.tolist() == [24]


@pytest.mark.parametrize("shape", [(1, 1), (50, 70)])
def test_all_pixels_are_counted(shape):
    rng = np.random.default_rng(1)
    found = Tallier()(rng.integers(0, 9, shape).astype(np.uint8), np.zeros(shape, np.uint8), (9, 9))
    assert found.pixels.sum() == shape[0] * shape[1]


@pytest.mark.parametrize("side", [0, 1])
def test_codes_past_their_bits_are_refused_and_spoil_nothing_that_comes_after(side):
    tallier, sound = Tallier(), np.full((2, 3), 1023, np.uint16)
    pair = [sound, sound]
    pair[side] = np.full((2, 3), 60_000, np.uint16)
    with pytest.raises(BadInput, match="past the bits"):
        tallier(*pair, (1024, 1024))
    assert tallier(sound, sound, (1024, 1024)).pixels.tolist() == [6]
