"""The raw track as a file: Parquet with one row, in which each table is a list of rows of its own.

Delta-packed integers with zstd behind them were the smallest and the quickest to write of what was measured
(docs/capture-storage.md), and every data tool opens Parquet. The same columns give the same bytes with the same
version of Arrow, whose name stands in the file.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from collector import blobs
from collector.tracks.columns import TABLES, TEXT, Columns, column, raw_track
from processing.align import RawTrack
from processing.errors import BadInput

HEADER = "cursal"  # key of the JSON that says what the file is
SUFFIX = ".parquet"
ZSTD_LEVEL = 9  # the figures are packed already: more effort finds nothing


def _type(table: str) -> pa.DataType:
    return pa.list_(
        pa.struct(
            [(name, pa.string() if f"{table}.{name}" in TEXT else pa.int64()) for name in TABLES[table]]
        )
    )


SCHEMA = pa.schema([pa.field(table, _type(table), nullable=False) for table in TABLES])
ENCODING = {
    f"{table}.list.element.{name}": "PLAIN" if f"{table}.{name}" in TEXT else "DELTA_BINARY_PACKED"
    for table, names in TABLES.items()
    for name in names
}


def write_track(path: Path, columns: Columns, header: Mapping[str, Any]) -> None:
    """Write the raw track; `header` says which trial, rendition and protocol it belongs to."""
    said = json.dumps(dict(header), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    rows = pa.Table.from_arrays([one_row(table, columns) for table in TABLES], schema=SCHEMA)
    with pq.ParquetWriter(
        path,
        SCHEMA,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=False,
        column_encoding=ENCODING,
        write_statistics=False,
        store_schema=False,
    ) as file:
        file.write_table(rows)
        file.add_key_value_metadata({HEADER: said})


def one_row(table: str, columns: Columns) -> pa.Array:
    """A table's columns as the one cell that holds them all."""
    struct = SCHEMA.field(table).type.value_type
    arrays = [
        pa.array(columns[f"{table}.{name}"], type=struct.field(name).type, from_pandas=False)
        for name in TABLES[table]
    ]
    rows = pa.StructArray.from_arrays(arrays, fields=list(struct))
    return pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)


def read_columns(data: bytes) -> tuple[dict[str, Any], Columns]:
    """Header and columns of a raw track; raises BadInput when the bytes are none."""
    try:
        with pq.ParquetFile(io.BytesIO(data)) as file:
            header = json.loads((file.metadata.metadata or {})[HEADER.encode()])
            content = file.read()
        columns = {
            f"{table}.{name}": _column(content, table, name)
            for table, names in TABLES.items()
            for name in names
        }
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise BadInput(f"this is no raw track ({error}): give a file from the track store") from error
    return header, columns


def _column(content: pa.Table, table: str, name: str) -> np.ndarray:
    rows = content.column(table).combine_chunks().flatten()
    values = rows.field(name)
    return column(f"{table}.{name}", values.to_pylist()) if f"{table}.{name}" in TEXT else values.to_numpy()


def fetch_columns(sha256: str) -> tuple[dict[str, Any], Columns]:
    """Header and columns from the track store; raises blobs.BlobDamaged when they are not what was stored."""
    with blobs.scratch() as folder:
        path = blobs.fetch("tracks", sha256, folder / f"track{SUFFIX}")
        return read_columns(path.read_bytes())


def read_track(sha256: str) -> RawTrack:
    """A track of the track store for alignment; raises blobs.BlobDamaged when it is not what was stored."""
    _, columns = fetch_columns(sha256)
    return raw_track(columns)
