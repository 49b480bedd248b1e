import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.scoring import MODES
from processing.scoring.baseline import Baseline
from processing.scoring.compared import compare, different, scaled
from processing.scoring.tally import MAX_PAIRS, Tallier
from processing.video.extraction import ExtractedFrame


@st.composite
def frame_pairs(draw):
    """Two frames of 10 bits that may have few levels, and points on them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(3, 25)), draw(st.integers(3, 25))
    frames = []
    for _ in range(2):
        lowest, levels = draw(st.integers(0, 500)), draw(st.sampled_from([2, 6, 500]))
        codes = rng.integers(lowest, lowest + levels, shape).astype(np.uint16)
        codes[0, 0], codes[0, 1] = lowest, lowest + levels - 1
        frames.append(ExtractedFrame(codes, np.arange(1024.0) * 64))
    count = draw(st.integers(1, 12))
    return *frames, np.column_stack([rng.integers(0, limit, count) for limit in shape])


@settings(max_examples=60, deadline=None)
@given(frame_pairs(), st.sampled_from(sorted(MODES)))
def test_counting_by_pairs_of_codes_scores_as_pixel_by_pixel(pair, mode):
    predicted, true, points = pair
    elsewhere = Baseline(np.array([[0.1, 0.2], [0.7, 0.9]])).within(*true.codes.shape)
    # The same pictures with more levels than a table of pairs may have are compared pixel by pixel.
    many = np.concatenate([true.greys, np.full(MAX_PAIRS, true.greys[-1])])
    by_pixels = true._replace(greys=many)
    fast = MODES[mode].score(predicted, true, points, Tallier(), elsewhere)
    slow = MODES[mode].score(predicted, by_pixels, points, Tallier(), elsewhere)
    assert fast.metrics == pytest.approx(slow.metrics, rel=1e-9, abs=1e-12)
    assert fast[1:] == slow[1:]


def test_frames_of_two_sizes_need_a_way_to_resize():
    small = ExtractedFrame(np.zeros((2, 3), np.uint16), np.arange(4.0))
    large = ExtractedFrame(np.zeros((4, 6), np.uint16), np.arange(4.0))
    with pytest.raises(ValueError, match="shapes differ"):
        compare(small, large, scale=lambda greys, low, high: greys, tallier=Tallier())


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9000)), max_size=30))
def test_different_points_are_those_that_numpy_finds(points):
    given_points = np.array(points, np.int64).reshape(-1, 2)
    assert different(given_points).tolist() == np.unique(given_points, axis=0).tolist()


def test_codes_past_their_bits_are_refused_pixel_by_pixel_too():
    wild = ExtractedFrame(np.full((2, 3), 1024, np.uint16), np.arange(1024.0))
    with pytest.raises(BadInput, match="past the bits"):
        scaled(wild, lambda greys, low, high: greys)
