import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.tracks import Track
from processing.tracks.csv_file import read_csv, write_csv

HEADER = "observer,t_s,x_px,y_px\n"


@pytest.fixture
def csv_file(tmp_path):
    def write(text, name="T.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_interleaved_observers_come_out_apart_and_in_order_of_name(csv_file):
    tracks, dropped = read_csv(csv_file(HEADER + "b,0,1,2\na,0.5,3,4\nb,0.1,5,6\na,0.6,7,8\n"))
    assert [track.observer for track in tracks] == ["a", "b"]
    assert tracks[0].t_us.tolist() == [500_000, 600_000]
    assert tracks[1].x_px.tolist() == [1, 5]
    assert dropped == []


def test_columns_are_found_by_name_and_others_ignored(csv_file):
    text = "﻿y_px, extra ,x_px,observer,t_s\r\n2,?,1,Ann Ä,0.25\r\n\r\n4,,3,Ann Ä,0.5\r\n"
    tracks, _ = read_csv(csv_file(text))
    assert tracks[0].observer == "Ann Ä"
    assert tracks[0].x_px.tolist() == [1, 3]
    assert tracks[0].y_px.tolist() == [2, 4]


def test_times_are_rounded_to_whole_microseconds_and_may_be_negative(csv_file):
    tracks, _ = read_csv(csv_file(HEADER + "a,-0.0000016,0,0\na,1e-3,0,0\na,0.3333333,0,0\n"))
    assert tracks[0].t_us.tolist() == [-2, 1000, 333_333]


def test_of_equal_times_the_last_row_counts(csv_file):
    tracks, _ = read_csv(csv_file(HEADER + "a,0,1,1\na,0.1,2,2\na,0.1000001,3,3\na,0.1,4,4\na,0.2,5,5\n"))
    assert tracks[0].t_us.tolist() == [0, 100_000, 200_000]
    assert tracks[0].x_px.tolist() == [1, 4, 5]


BAD_ROWS = [
    "a,nan,1,1",
    "a,inf,1,1",
    "a,0.3,,1",
    "a,0.3,1",
    "a,0.3,one,1",
    "a,0.3,1,-inf",
    "a,0.3,1_0,1",
    "a,0.1,1,1",
    "a,1e12,1,1",
]


@pytest.mark.parametrize("row", BAD_ROWS)
def test_a_bad_row_is_named_by_its_line(csv_file, row):
    path = csv_file(HEADER + "a,0.2,1,1\nb,0.2,1,1\n" + row + "\na,0.4,1,1\n")
    with pytest.raises(BadInput, match=r"T\.csv, line 4:") as refusal:
        read_csv(path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("row", BAD_ROWS)
def test_skipping_leaves_out_that_observer_alone_with_the_reason(csv_file, row):
    path = csv_file(HEADER + "a,0.2,1,1\nb,0.2,1,1\n" + row + "\na,0.4,1,1\nb,0.3,1,1\n")
    tracks, dropped = read_csv(path, skip_bad=True)
    assert [(track.observer, len(track.t_us)) for track in tracks] == [("b", 2)]
    assert [left_out.observer for left_out in dropped] == ["a"]
    assert "line 4" in dropped[0].reason


def test_a_row_without_an_observer_is_bad(csv_file):
    path = csv_file(HEADER + "a,0,1,1\n ,0,1,1\n")
    with pytest.raises(BadInput, match="line 3"):
        read_csv(path)
    assert [left_out.observer for left_out in read_csv(path, skip_bad=True)[1]] == [""]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "observer"),
        ("observer,t_s,x_px\na,0,1\n", '"y_px" is missing'),
        ("observer,t_s,x_px,y_px,x_px\na,0,1,1,1\n", '"x_px" is there more than once'),
        (HEADER, "no samples"),
        (HEADER + "\n\n", "no samples"),
        (b"observer,t_s,x_px,y_px\na,0,\xff,1\n", "UTF-8"),
        (HEADER + 'a,0,1,"1\n', "line 2"),
    ],
)
def test_a_file_that_gives_no_tracks_is_refused_even_when_skipping(csv_file, content, complaint):
    for skip_bad in (False, True):
        with pytest.raises(BadInput, match=complaint):
            read_csv(csv_file(content), skip_bad=skip_bad)


def test_when_every_observer_is_bad_nothing_is_left(csv_file):
    with pytest.raises(BadInput, match="every observer"):
        read_csv(csv_file(HEADER + "a,nan,1,1\nb,nan,1,1\n"), skip_bad=True)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"absent\.csv"):
        read_csv(tmp_path / "absent.csv")


@given(
    samples=st.lists(
        st.tuples(st.integers(-(10**9), 10**9), *[st.floats(-1e5, 1e5, allow_nan=False) for _ in range(2)]),
        min_size=1,
        unique_by=lambda sample: sample[0],
    ).map(sorted)
)
def test_what_is_written_is_read_again_to_the_last_bit(samples, tmp_path_factory):
    path = tmp_path_factory.mktemp("tracks") / "T.csv"
    t_us, x_px, y_px = zip(*samples, strict=True)
    write_csv(path, [Track("a, b", np.array(t_us), np.array(x_px), np.array(y_px))])
    (track,), _ = read_csv(path)
    assert track.observer == "a, b"
    assert track.t_us.tolist() == list(t_us)
    assert track.x_px.tolist() == list(x_px)
    assert track.y_px.tolist() == list(y_px)


@pytest.mark.parametrize(
    ("t_us", "x_px"), [([0, 1], [1.0]), ([1, 0], [1.0, 1.0]), ([0, 1], [1.0, float("nan")])]
)
def test_a_track_that_is_none_is_refused(t_us, x_px):
    with pytest.raises(BadInput, match="observer a"):
        Track("a", t_us, x_px, x_px)


def test_rows_of_a_lost_eye_may_be_passed_over(tmp_path):
    path = tmp_path / "gaze.csv"
    path.write_text("observer,t_s,x_px,y_px\na,0,1,2\na,0.1,,\na,0.2,NaN,nan\na,0.3,5,6\n")
    ((track,), dropped) = read_csv(path, skip_lost=True)
    assert (track.t_us.tolist(), track.x_px.tolist(), dropped) == ([0, 300_000], [1, 5], [])
    with pytest.raises(BadInput, match="line 3"):
        read_csv(path)
    path.write_text("observer,t_s,x_px,y_px\na,0,1\n")
    with pytest.raises(BadInput, match="line 2"):
        read_csv(path, skip_lost=True)
