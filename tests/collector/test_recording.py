from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.protocol import MOVE, REST, START
from collector.simulation.recording import Window, record
from collector.tracks.columns import join_chunks
from processing.synthetic import Hand

FPS = Fraction(30000, 1001)
CLIP = {"fps": FPS, "frames": 60, "width": 640, "height": 360}


def recorded(hand, **changes):
    options = {
        "hold_after_end_s": 0.8,
        "chunk_interval_ms": 500,
        "window": Window(1000, 800),
        "t_start_us": 3_000_000,
    }
    return record(hand, **(CLIP | options | changes))


def hand(times_us, x=320.0, y=180.0):
    t = np.array(times_us, dtype=np.int64)
    return Hand(t_us=t, x_px=np.full(len(t), x), y_px=np.full(len(t), y))


def test_every_frame_is_marked_once_with_the_media_time_that_names_it():
    columns = join_chunks(recorded(hand(range(0, 2_000_000, 10_000))))
    frames = np.rint(columns["marks.media_us"] * float(FPS) / 1e6).astype(int)
    assert frames.tolist() == list(range(60))
    assert (np.diff(columns["marks.presented"]) == 1).all()


def test_a_resting_hand_is_written_at_every_frame_and_every_20_ms_of_the_held_last_frame():
    columns = join_chunks(recorded(hand([0])))
    kinds = columns["samples.kind"]
    assert (kinds == START).sum() == 1
    assert (kinds == MOVE).sum() == 1
    rests = columns["samples.t_us"][kinds == REST]
    assert len(rests) > 58 + 39
    assert np.diff(rests).max() <= 33_400


def test_a_moving_hand_leaves_no_rests():
    columns = join_chunks(recorded(hand(range(0, 2_900_000, 10_000))))
    assert (columns["samples.kind"] == REST).sum() == 0


@settings(max_examples=30)
@given(st.integers(200, 5000))
def test_how_a_recording_is_cut_into_chunks_changes_nothing(interval_ms):
    steady = hand(range(0, 2_500_000, 7_000))
    whole = join_chunks(recorded(steady, chunk_interval_ms=100_000))
    cut = join_chunks(recorded(steady, chunk_interval_ms=interval_ms))
    for name, column in whole.items():
        assert np.array_equal(column, cut[name]), name


def test_positions_are_client_pixels_of_the_letterboxed_picture():
    columns = join_chunks(recorded(hand([0], x=640.0, y=0.0)))
    # 640x360 in a 1000x800 window: 1000 x 562.5 CSS px, 118.75 px from the top
    assert columns["samples.x_cpx"][-1] == 100_000
    assert columns["samples.y_cpx"][-1] == 11_875
