"""Whole columns give what row by row gives, or nothing at all."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.tracks.by_column import read_columns
from processing.tracks.by_row import read_rows

HEADER = "observer,t_s,x_px,y_px"

names = st.sampled_from(
    ["a", "b", "Ann Ä", '"a, b"', '"b"', " a ", "\u00a0b", "", '"a""b"', 'a"b', '" a"', "\ufeffa"]
)
numbers = st.one_of(
    st.floats(-1e9, 1e9).map(repr),
    st.sampled_from(
        ["0", "1", "2", "0.5", ".5", "1.", "1e3", "+1", "-0", "0.3000005", "2.5000015", "100000000"]
    ),
    st.sampled_from(
        ["", '""', '"1"', '" 1"', " 1", "1 ", "\t1", "1\u00a0", "1_0", "0x1", "١", "one", "1e", "1e12"]
    ),
    st.sampled_from(["nan", "NaN", "nAn", "-nan", " nan", "inf", "-inf", "1e400", "1e-400"]),
)
cells = st.tuples(names, numbers, numbers, numbers).map(list)
odd_lines = st.sampled_from(
    ["", " ", ",", "a,1", "a,1,1,1,1", '"a', 'a,1,1,"1\n', 'a,1,1,1"', "a,1,1,1\x00", "\ufeff"]
)
lines = st.one_of(cells.map(",".join), cells.map(",".join), odd_lines)
headers = st.sampled_from(
    [
        HEADER,
        HEADER,
        '"observer","t_s","x_px","y_px"',
        " observer , t_s,x_px,y_px",
        "observer,t_s,x_px",
        HEADER + ",x_px",
    ]
)


def outcome(read, path, skip_lost):
    try:
        tracks, dropped = read(path, False, skip_lost)
    except BadInput as error:
        return str(error)
    assert dropped == []
    return [(one.observer, one.t_us.tolist(), one.x_px.tolist(), one.y_px.tolist()) for one in tracks]


@settings(max_examples=150)
@given(
    header=headers,
    body=st.lists(lines, max_size=8),
    end=st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
    last=st.booleans(),
    skip_lost=st.booleans(),
)
@example(HEADER, ["\ufeffa,0,1,1"], "\n", "\ufeff", True, False)
@example(HEADER, ["b,0,nan,1", "a,0,1,1", "b,x,,1"], "\n", "", True, True)
def test_columns_give_what_rows_give_or_nothing(tmp_path_factory, header, body, end, mark, last, skip_lost):
    path = tmp_path_factory.mktemp("csv") / "T.csv"
    path.write_bytes((mark + end.join([header, *body]) + end * last).encode())
    quick = read_columns(path, skip_lost)
    if quick is not None:
        assert outcome(lambda *_: (quick, []), path, skip_lost) == outcome(read_rows, path, skip_lost)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\nb,0,1,2\na,-0.5,3,4.25\nb,0.1,5,6\n",
        f"\ufeff{HEADER}\r\na,0,1,2\r\n\r\na,0.1,5,6",
        '"observer","t_s","x_px","y_px"\n"Ann Ä, b",0,1,2\n"c",0,1,2\n',
        f"note,{HEADER}\n?,a,0,1,2\n,b,1,2,3\n",
    ],
)
def test_usual_files_are_read_in_columns(tmp_path, text):
    path = tmp_path / "T.csv"
    path.write_bytes(text.encode())
    quick = read_columns(path, False)
    assert quick
    assert outcome(lambda *_: (quick, []), path, False) == outcome(read_rows, path, False)


def test_lost_rows_are_passed_over_in_columns_too(tmp_path):
    path = tmp_path / "T.csv"
    path.write_text(f"{HEADER}\na,0,1,2\na,0.1,,\na,0.2,NaN,3\nb,0,nan,nan\na,0.3,5,6\n")
    (track,) = read_columns(path, True)
    assert (track.observer, track.t_us.tolist(), track.x_px.tolist()) == ("a", [0, 300_000], [1, 5])
    assert read_columns(path, False) is None


def test_a_line_too_long_for_the_csv_reader_is_left_to_it(tmp_path):
    path = tmp_path / "T.csv"
    path.write_text(f"{HEADER},note\na,0,1,2,{'x' * 200_000}\n")
    assert read_columns(path, False) is None


def test_many_interleaved_observers_keep_their_order(tmp_path):
    rng = np.random.default_rng(7)
    observers = rng.integers(0, 50, 5000)
    rows = (
        f"o{one},{number / 1000},{x},1"
        for number, (one, x) in enumerate(zip(observers, rng.random(5000), strict=True))
    )
    path = tmp_path / "T.csv"
    path.write_text("\n".join([HEADER, *rows]))
    quick = read_columns(path, False)
    assert len(quick) == 50
    assert outcome(lambda *_: (quick, []), path, False) == outcome(read_rows, path, False)
