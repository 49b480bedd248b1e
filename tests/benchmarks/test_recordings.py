import numpy as np
import pytest

from benchmarks.capture.formats import FORMATS
from benchmarks.capture.recordings import recording
from collector.tracks.columns import TABLES, first_difference
from collector.tracks.file import read_columns


def test_a_recording_has_every_column_and_the_rate_that_was_asked_for():
    columns = recording(2, 125, 1)
    assert sorted(columns) == sorted(f"{table}.{name}" for table, names in TABLES.items() for name in names)
    assert 250 <= (columns["samples.kind"] == 0).sum() <= 251
    assert (np.diff(columns["samples.t_us"]) > 0).all()


def test_the_same_seed_gives_the_same_recording():
    assert first_difference(recording(1, 125, 3), recording(1, 125, 3)) is None
    assert first_difference(recording(1, 125, 3), recording(1, 125, 4)) is not None


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_holds_more_the_longer_a_recording_is(name):
    assert len(FORMATS[name](recording(1, 125, 1))) < len(FORMATS[name](recording(4, 125, 1)))


def test_ours_is_what_the_track_store_reads():
    columns = recording(1, 125, 1)
    _, read = read_columns(FORMATS["Parquet delta-packed, zstd (ours)"](columns))
    assert first_difference(columns, read) is None
