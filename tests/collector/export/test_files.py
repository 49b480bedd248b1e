import csv

import numpy as np
import pyarrow.parquet as pq
import pytest

from collector.export import files
from collector.export.files import TableFile


def events(details):
    count = len(details)
    texts = {name: np.full(count, name, dtype=object) for name in ("trial", "observer", "stimulus")}
    return texts | {
        "n": np.arange(count),
        "t_page_us": np.arange(count),
        "kind": np.full(count, "play", dtype=object),
        "detail": np.array(details, dtype=object),
    }


def test_csv_holds_nothing_that_a_spreadsheet_would_run(tmp_path):
    dangerous = ["=1+1", "+1", "-1", "@x", "plain", 'quoted, "text"\nof two lines']
    file = TableFile(tmp_path, "events", "csv")
    file.add(events(dangerous))
    file.close()
    with (tmp_path / "events.csv").open(encoding="utf-8", newline="") as written:
        read = [row["detail"] for row in csv.DictReader(written)]
    assert read == ["'=1+1", "'+1", "'-1", "'@x", *dangerous[4:]]


def test_parquet_keeps_the_text_as_it_is(tmp_path):
    file = TableFile(tmp_path, "events", "parquet")
    file.add(events(["=1+1"]))
    file.close()
    assert pq.read_table(tmp_path / "events.parquet")["detail"].to_pylist() == ["=1+1"]


@pytest.mark.parametrize("kind", files.FORMATS)
def test_rows_are_written_in_pieces_and_none_is_lost(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(files, "ROWS_AT_ONCE", 5)
    file = TableFile(tmp_path, "events", kind)
    for _ in range(7):
        file.add(events(["a", "b"]))
    file.close()
    path = tmp_path / f"events.{kind}"
    count = pq.read_table(path).num_rows if kind == "parquet" else len(path.read_text().splitlines()) - 1
    assert count == 14
    assert kind == "csv" or pq.ParquetFile(path).num_row_groups == 3
