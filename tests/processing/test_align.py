from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.align import MOVE, RawTrack, align, move_times, place, presented_frames
from processing.errors import BadInput

FPS = Fraction(30)


def recording(samples, marks, viewports=((0, 0, 0, 100, 50),)):
    """samples: (t, x, y); marks: (t_shown, media); viewports: (t, left, top, width, height)."""

    def columns(rows, count, kind=np.float64):
        return np.array(rows, kind).reshape(len(rows), count).T

    t_us, x, y = columns(samples, 3)
    t_shown_us, media_us = columns(marks, 2, np.int64)
    since, left, top, width, height = columns(viewports, 5)
    return RawTrack(
        sample_t_us=t_us.astype(np.int64),
        sample_x=x,
        sample_y=y,
        sample_kind=np.zeros(len(samples), np.int64),
        mark_t_us=t_shown_us,
        mark_t_shown_us=t_shown_us,
        mark_media_us=media_us,
        mark_presented=np.arange(len(marks)),
        viewport_t_us=since.astype(np.int64),
        viewport_left=left,
        viewport_top=top,
        viewport_width=width,
        viewport_height=height,
    )


def regular_marks(frames, fps=FPS, start_us=1_000_000):
    return [(start_us + round(f / fps * 1_000_000), round(f / fps * 1_000_000)) for f in range(frames)]


def times(raw, fps=FPS):
    return align(raw, "a", fps, 200, 100)[0].t_us.tolist()


def test_client_pixels_become_video_pixels():
    raw = recording([(1_000_000, 30, 40)], regular_marks(3), [(0, 10, 20, 50, 25)])
    track, _ = align(raw, "a", FPS, 200, 100)
    assert (track.x_px.tolist(), track.y_px.tolist()) == ([80], [80])
    assert track.observer == "a"


def test_the_rectangle_in_force_is_the_last_one_before_the_sample():
    viewports = [(1_010_000, 0, 0, 50, 25), (0, 0, 0, 100, 50)]
    raw = recording([(1_009_999, 10, 10), (1_010_000, 10, 10)], regular_marks(3), viewports)
    assert align(raw, "a", FPS, 200, 100)[0].x_px.tolist() == [20, 40]


def test_moves_have_the_media_times_that_alignment_gives_them_and_rests_have_none():
    raw = recording(
        [(900_000, 0, 0), (1_000_000, 0, 0), (1_000_500, 9, 9), (1_033_333, 0, 0)], regular_marks(3)
    )
    raw = replace(raw, sample_kind=np.array([MOVE, MOVE, MOVE + 1, MOVE]))
    assert move_times(raw, FPS).tolist() == [0, 33_334]
    assert move_times(replace(raw, sample_kind=np.ones(4, np.int64)), FPS).tolist() == []


def test_time_runs_on_from_the_frame_that_was_shown_last():
    raw = recording([(1_000_000, 0, 0), (1_000_500, 0, 0), (1_033_333, 0, 0)], regular_marks(3))
    assert times(raw) == [0, 500, 33_334]


def test_a_sample_never_leaves_the_frame_on_the_screen():
    marks = [(0, 0), (33_000, 33_333), (90_000, 66_667)]
    raw = recording([(33_000 + 50_000, 0, 0)], marks)
    assert times(raw) == [66_666]


def test_after_the_last_mark_time_runs_on_in_real_time():
    raw = recording([(1_066_667 + 800_000, 0, 0)], regular_marks(3))
    assert times(raw) == [66_667 + 800_000]


def test_samples_are_sorted_by_time_and_of_equal_times_the_last_counts():
    samples = [(1_020_000, 3, 0), (1_010_000, 1, 0), (1_010_000, 2, 0)]
    track, report = align(recording(samples, regular_marks(3)), "a", FPS, 100, 50)
    assert track.t_us.tolist() == [10_000, 20_000]
    assert track.x_px.tolist() == [2, 3]
    assert report.mapped == 3


def test_samples_before_the_first_mark_are_counted_and_left_out():
    raw = recording([(999_999, 0, 0), (1_000_000, 0, 0)], regular_marks(2))
    track, report = align(raw, "a", FPS, 200, 100)
    assert len(track.t_us) == 1
    assert report.before_first_mark == 1


def test_samples_of_a_stall_are_counted_and_left_out():
    marks = [(0, 0), (33_333, 33_333), (66_667 + 100_001, 66_667)]
    raw = recording([(33_333, 0, 0), (66_665, 0, 0), (66_667, 0, 0), (150_000, 0, 0), (167_000, 0, 0)], marks)
    track, report = align(raw, "a", FPS, 200, 100)
    assert (report.stalls, report.in_stalls) == (1, 2)
    assert track.t_us.tolist() == [33_334, 66_666, 66_667 + 332]


def test_a_delay_of_100_ms_is_no_stall_and_neither_is_a_low_frame_rate():
    marks = [(0, 0), (33_333 + 100_000, 33_333)]
    assert align(recording([(60_000, 0, 0)], marks), "a", FPS, 200, 100)[1].stalls == 0
    slow = Fraction(5)
    raw = recording([(150_000, 0, 0)], regular_marks(5, slow, start_us=0))
    assert align(raw, "a", slow, 200, 100)[1].in_stalls == 0


def test_skipped_frames_are_counted_and_samples_stay_on_the_frame_that_stood():
    marks = [(0, 0), (100_000, 100_000)]
    track, report = align(recording([(80_000, 0, 0)], marks), "a", FPS, 200, 100)
    assert report.frames_skipped == 2
    assert track.t_us.tolist() == [33_333]


def test_a_frame_told_twice_does_not_set_time_back():
    marks = [(0, 0), (16_000, 0), (33_333, 33_333)]
    track, report = align(recording([(15_000, 0, 0), (20_000, 0, 0)], marks), "a", FPS, 200, 100)
    assert track.t_us.tolist() == [15_000, 20_000]
    assert report.marks_ignored == 1


def test_positions_outside_the_picture_are_kept_and_counted():
    raw = recording([(1_000_000, -1, 10), (1_010_000, 100, 10), (1_020_000, 99, 49)], regular_marks(2))
    track, report = align(raw, "a", FPS, 200, 100)
    assert report.outside_viewport == 2
    assert track.x_px.tolist() == [-2, 200, 198]


def test_no_picture_on_the_page_gives_no_position():
    raw = recording([(1_000_000, 1, 1)], regular_marks(2), [(0, 0, 0, 0, 0)])
    track, report = align(raw, "a", FPS, 200, 100)
    assert len(track.t_us) == 0
    assert report.without_picture == 1


@pytest.mark.parametrize("fps", ["24000/1001", "30000/1001", "179/6", "60"])
def test_presented_frames_survive_the_rounding_of_media_time(fps):
    fps = Fraction(fps)
    milliseconds = [(0, round(f / fps * 1000) * 1000) for f in range(600)]
    assert presented_frames(recording([], milliseconds), fps).tolist() == list(range(600))


@given(
    st.lists(st.integers(0, 2_000_000), max_size=30),
    st.lists(st.tuples(st.integers(0, 1_500_000), st.integers(0, 1_500_000)), min_size=1, max_size=30),
)
def test_whatever_was_recorded_time_never_runs_backwards_and_every_sample_is_accounted_for(
    sample_times, marks
):
    raw = recording([(t_us, 1, 1) for t_us in sample_times], marks)
    track, report = align(raw, "a", FPS, 200, 100)
    assert (np.diff(track.t_us) > 0).all()
    left_out = report.before_first_mark + report.in_stalls + report.without_picture
    assert report.mapped + left_out == report.samples == len(sample_times)


def test_a_recording_without_marks_or_rectangle_cannot_be_aligned():
    with pytest.raises(BadInput, match="no frame"):
        align(recording([(0, 0, 0)], []), "a", FPS, 200, 100)
    with pytest.raises(BadInput, match="place on the page"):
        align(recording([(0, 0, 0)], [(0, 0)], []), "a", FPS, 200, 100)


def test_every_sample_is_placed_whether_it_counts_or_not():
    marks = [(1_000_000, 0), (1_033_333, 33_333), (2_000_000, 66_667)]
    raw = recording([(t, 10, 20) for t in (2_100_000, 999_999, 1_000_000, 1_500_000)], marks)
    placed = place(raw, FPS, 200, 100)
    assert placed.shown.tolist() == [False, True, True, True]
    assert placed.in_stall.tolist() == [False, False, True, False]
    assert placed.mapped.tolist() == [False, True, False, True]
    track, _ = align(raw, "a", FPS, 200, 100)
    assert placed.media_us[placed.mapped].tolist() == track.t_us.tolist()
    assert placed.x_px[placed.mapped].tolist() == track.x_px.tolist() == [20, 20]
    assert placed.y_px[placed.mapped].tolist() == [40, 40]
