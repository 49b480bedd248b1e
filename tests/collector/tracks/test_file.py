import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.protocol import Chunk, Events, Marks, Samples
from collector.tracks.columns import TABLES, Arrival, first_difference, join_chunks, raw_track
from collector.tracks.file import read_columns, write_track
from processing.errors import BadInput

TIMES = st.integers(0, 2**47 - 1)
LENGTHS = st.integers(-10_000_000, 10_000_000)
COUNTS = st.integers(0, 2**31 - 1)
NOON = dt.datetime(2025, 5, 1, 12, tzinfo=dt.UTC)


@st.composite
def chunks(draw):
    samples = draw(st.lists(st.tuples(TIMES, LENGTHS, LENGTHS, st.sampled_from([0, 1, 2])), max_size=20))
    marks = draw(st.lists(st.tuples(TIMES, TIMES, TIMES, COUNTS), max_size=5))
    events = draw(
        st.lists(st.tuples(TIMES, st.sampled_from(["play", "waiting"]), st.text(max_size=20)), max_size=3)
    )

    def columns(model, rows):
        return model(**{name: [row[i] for row in rows] for i, name in enumerate(model.model_fields)})

    return [
        Chunk(
            protocol=1,
            n=n,
            samples=columns(Samples, samples[n::2]),
            marks=columns(Marks, marks[n::2]),
            events=columns(Events, events[n::2]),
        )
        for n in range(2)
    ]


def written(folder, columns, header):
    path = folder / "track.parquet"
    write_track(path, columns, header)
    return path.read_bytes()


@given(chunks())
def test_what_is_written_is_read_back_value_by_value(tmp_path_factory, parts):
    columns = join_chunks(parts, [Arrival.of(parts[0], NOON, "a" * 64)])
    header, read = read_columns(written(tmp_path_factory.mktemp("tracks"), columns, {"trial": "七"}))
    assert header == {"trial": "七"}
    assert first_difference(columns, read) is None
    assert {name: values.dtype for name, values in read.items()} == {
        name: values.dtype for name, values in columns.items()
    }


@given(chunks())
def test_the_same_chunks_in_any_order_give_the_same_bytes(tmp_path_factory, parts):
    folder = tmp_path_factory.mktemp("tracks")
    forwards = written(folder, join_chunks(parts), {"trial": "1"})
    assert written(folder, join_chunks(parts[::-1]), {"trial": "1"}) == forwards


def test_any_tool_that_knows_parquet_sees_the_tables(tmp_path):
    chunk = Chunk(protocol=1, n=0, samples=Samples(t_us=[5, 9], x_cpx=[1, -2], y_cpx=[3, 4], kind=[2, 0]))
    write_track(tmp_path / "track.parquet", join_chunks([chunk]), {})
    table = pq.read_table(tmp_path / "track.parquet")
    assert table.num_rows == 1
    assert table.column_names == list(TABLES)
    assert table["samples"][0].as_py()[1] == {"t_us": 9, "x_cpx": -2, "y_cpx": 4, "kind": 0}


def test_positions_become_css_pixels():
    chunk = Chunk(protocol=1, n=0, samples=Samples(t_us=[5], x_cpx=[-125], y_cpx=[1], kind=[0]))
    raw = raw_track(join_chunks([chunk]))
    assert (raw.sample_x.tolist(), raw.sample_y.tolist()) == ([-1.25], [0.01])


def test_arrivals_are_kept_in_whole_microseconds_with_the_page_time_they_reach():
    moment = NOON + dt.timedelta(microseconds=123457)
    first = Chunk(protocol=1, n=0, samples=Samples(t_us=[7, 5], x_cpx=[1, 2], y_cpx=[3, 4], kind=[0, 0]))
    second = Chunk(protocol=1, n=1, marks=Marks(t_us=[9], t_shown_us=[30], media_us=[0], presented=[1]))
    columns = join_chunks([], [Arrival.of(second, NOON, "b"), Arrival.of(first, moment, "a")])
    assert columns["chunks.number"].tolist() == [0, 1]
    assert columns["chunks.until_us"].tolist() == [7, 9]
    received_us = columns["chunks.received_us"].tolist()
    assert received_us[0] - received_us[1] == 123457


@pytest.mark.parametrize("content", [b"", b"PAR1", b"\x93NUMPY" * 10])
def test_bytes_that_are_no_raw_track_are_refused_in_words(content):
    with pytest.raises(BadInput, match="no raw track"):
        read_columns(content)


def test_a_parquet_file_of_somebody_else_is_refused(tmp_path):
    pq.write_table(pa.table({"x": np.arange(3)}), tmp_path / "other.parquet")
    with pytest.raises(BadInput, match="no raw track"):
        read_columns((tmp_path / "other.parquet").read_bytes())


def test_a_column_that_differs_is_named():
    one = join_chunks([Chunk(protocol=1, n=0, samples=Samples(t_us=[5], x_cpx=[1], y_cpx=[1], kind=[0]))])
    other = one | {"samples.x_cpx": np.array([2])}
    assert first_difference(one, other) == "samples.x_cpx"
    assert first_difference(one, dict(one)) is None
