import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import protocol
from collector.protocol import MAX_BODY_BYTES, MAX_ROWS, Chunk, Samples, read_chunk, write_chunk
from processing.align import MOVE as MOVED
from processing.errors import BadInput


def body(**changes):
    chunk = {
        "protocol": 1,
        "n": 0,
        "samples": {"t_us": [1, 2], "x_cpx": [10, 20], "y_cpx": [30, -40], "kind": [2, 0]},
        "marks": {"t_us": [5], "t_shown_us": [6], "media_us": [0], "presented": [1]},
    }
    return json.dumps(chunk | changes).encode()


def test_a_chunk_without_viewports_or_events_is_whole():
    chunk = read_chunk(body())
    assert chunk.samples.y_cpx == [30, -40]
    assert chunk.viewports.t_us == []


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(-(10**6), 10**6)), max_size=50))
def test_what_is_written_is_read_back(rows):
    samples = Samples(
        t_us=[t for t, _ in rows],
        x_cpx=[x for _, x in rows],
        y_cpx=[-x for _, x in rows],
        kind=[0] * len(rows),
    )
    chunk = Chunk(protocol=1, n=3, samples=samples)
    assert read_chunk(write_chunk(chunk)) == chunk


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (body(protocol=2), "protocol"),
        (body(protocol=True), "protocol"),
        (body(protocol=1.0), "protocol"),
        (body(n=-1), "n:"),
        (body(n=1.0), "n:"),
        (body(extra=1), "extra"),
        (body(samples={"t_us": [1], "x_cpx": [], "y_cpx": [], "kind": []}), "columns differ"),
        (body(samples={"t_us": [1.5], "x_cpx": [1], "y_cpx": [1], "kind": [0]}), "samples.t_us"),
        (body(samples={"t_us": ["1"], "x_cpx": [1], "y_cpx": [1], "kind": [0]}), "samples.t_us"),
        (body(samples={"t_us": [-1], "x_cpx": [1], "y_cpx": [1], "kind": [0]}), "samples.t_us"),
        (body(samples={"t_us": [1], "x_cpx": [1], "y_cpx": [1], "kind": [3]}), "samples.kind"),
        (body(samples={"t_us": [1], "x_cpx": [1], "y_cpx": [1], "kind": [True]}), "samples.kind"),
        (body(samples={"t_us": [1], "x_cpx": [1], "y_cpx": [1], "kind": [1.0]}), "samples.kind"),
        (body(viewports={"width_cpx": [-1]}), "viewports.width_cpx"),
        (body(viewports={"height_cpx": [-1]}), "viewports.height_cpx"),
        (b'{"protocol": 1, "n": 0, "samples": {"t_us": [NaN]}}', "chunk"),
        (b"not json", "chunk"),
        (b"", "chunk"),
        (b"\xff\xfe", "chunk"),
        (b"[]", "chunk"),
        (b"x" * (MAX_BODY_BYTES + 1), "at most"),
    ],
)
def test_nonsense_is_refused_in_one_line_that_names_the_field(wrong, named):
    with pytest.raises(BadInput, match=named) as refused:
        read_chunk(wrong)
    assert "\n" not in str(refused.value)


def test_more_rows_than_any_hand_makes_are_refused():
    column = [0] * (MAX_ROWS + 1)
    with pytest.raises(BadInput, match="rows"):
        read_chunk(body(samples={"t_us": column, "x_cpx": column, "y_cpx": column, "kind": column}))


def test_a_move_is_the_same_number_to_whoever_aligns_it():
    assert protocol.MOVE == MOVED
