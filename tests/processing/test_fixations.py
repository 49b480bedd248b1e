import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.fixations import fill_empty, frame_points, trimmed
from processing.resample import FrameSamples


def samples(*rows):
    frame, x, y = zip(*rows, strict=True)
    return FrameSamples(np.array(frame), np.array(x, float), np.array(y, float))


def as_lists(points):
    return [own.tolist() for own in points]


def test_points_are_the_floor_of_positions_inside_the_picture():
    found = frame_points(
        [samples((0, 0.0, 0.0), (0, 9.999, 7.999), (0, -0.001, 3), (0, 10, 3), (1, 3, 8), (1, 3, -1e9))],
        2,
        10,
        8,
    )
    assert as_lists(found.points) == [[[0, 0], [9, 7]], []]
    assert found.outside == 4
    assert found.per_observer == [2]


def test_repeats_are_kept():
    found = frame_points([samples((0, 3.1, 4.2), (0, 3.9, 4.9)), samples((0, 3, 4))], 1, 10, 8)
    assert as_lists(found.points) == [[[3, 4]] * 3]


rows = st.lists(st.tuples(st.integers(0, 4), st.floats(-3, 12), st.floats(-3, 12)), min_size=1, max_size=30)


@given(st.lists(rows, min_size=1, max_size=5), st.randoms())
def test_the_order_of_observers_changes_nothing(observers, random):
    once = frame_points([samples(*own) for own in observers], 5, 10, 8)
    random.shuffle(observers)
    again = frame_points([samples(*own) for own in observers], 5, 10, 8)
    assert as_lists(once.points) == as_lists(again.points)
    assert sum(map(len, once.points)) + once.outside == sum(map(len, observers))


def frames(*numbers_of_points):
    return [np.full((count, 2), frame) for frame, count in enumerate(numbers_of_points)]


def test_an_empty_frame_takes_the_nearest_points_of_two_the_earlier():
    filled, count = fill_empty(frames(0, 1, 0, 2, 0, 0, 1, 0), "nearest")
    assert [own[0, 0] for own in filled] == [1, 1, 1, 3, 3, 6, 6, 6]
    assert [len(own) for own in filled] == [1, 1, 1, 2, 2, 1, 1, 1]
    assert count == 5


@given(st.lists(st.integers(0, 2), min_size=1, max_size=40).filter(any))
def test_filling_agrees_with_looking_at_every_frame(counts):
    filled, _ = fill_empty(frames(*counts), "nearest")
    covered = [frame for frame, count in enumerate(counts) if count]
    for frame, own in enumerate(filled):
        assert own[0, 0] == min(covered, key=lambda other: (abs(other - frame), other))


def test_empty_frames_may_be_an_error_that_names_the_first():
    with pytest.raises(BadInput, match=r"2 of 4 frames .* frame 1"):
        fill_empty(frames(1, 0, 1, 0), "fail")
    assert fill_empty(frames(1, 2), "fail")[1] == 0


def test_no_point_at_all_is_always_an_error():
    for rule in ("nearest", "fail"):
        with pytest.raises(BadInput, match="no observer has a point"):
            fill_empty(frames(0, 0), rule)
    with pytest.raises(BadInput, match="no observer has a point"):
        fill_empty(trimmed(frames(0, 0)), "nearest")


def test_trimming_ends_at_the_last_covered_frame():
    assert len(trimmed(frames(0, 1, 0, 2, 0, 0))) == 4
    assert len(trimmed(frames(1, 1))) == 2
