"""File formats that raw tracks could have, each on the same columns."""

import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from collector.tracks.columns import TABLES, Columns
from collector.tracks.file import ENCODING, SCHEMA, ZSTD_LEVEL, one_row, write_track

HEADER = {
    "protocol": 1,
    "trial": "4b7a4c0e-6a5e-4f4e-9a59-0d5d3f7a0001",
    "rendition_sha256": "ab" * 32,
    "fps": "30/1",
    "frames": 600,
    "width": 1280,
    "height": 720,
}


def npz(columns: Columns) -> bytes:
    """NumPy's zip of deflated arrays, text as JSON."""
    numbers = {name: values for name, values in columns.items() if values.dtype != object}
    texts = {name: values.tolist() for name, values in columns.items() if values.dtype == object}
    said = np.frombuffer(json.dumps({"header": HEADER} | texts).encode(), np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, text=said, **numbers)
    return file.getvalue()


def parquet_plain(columns: Columns) -> bytes:
    """Parquet, 64-bit integers with zstd behind them."""
    return _parquet(columns, dict.fromkeys(ENCODING, "PLAIN"))


def parquet_split(columns: Columns) -> bytes:
    """Parquet, the integers' bytes sorted by their place (BYTE_STREAM_SPLIT), with zstd."""
    split = {name: "BYTE_STREAM_SPLIT" if "DELTA" in kind else kind for name, kind in ENCODING.items()}
    return _parquet(columns, split)


def _parquet(columns: Columns, encoding: dict[str, str]) -> bytes:
    file = io.BytesIO()
    pq.write_table(
        _table(columns),
        file,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=False,
        column_encoding=encoding,
        write_statistics=False,
        store_schema=False,
    )
    return file.getvalue()


def arrow(columns: Columns) -> bytes:
    """Arrow IPC with zstd."""
    return _ipc(columns)


def arrow_of_differences(columns: Columns) -> bytes:
    """Arrow IPC with zstd, every integer as the difference to the one before."""
    return _ipc(
        {
            name: values if values.dtype == object else np.diff(values, prepend=0)
            for name, values in columns.items()
        }
    )


def _ipc(columns: Columns) -> bytes:
    file = io.BytesIO()
    options = ipc.IpcWriteOptions(compression=pa.Codec("zstd", ZSTD_LEVEL))
    with ipc.new_file(file, SCHEMA, options=options) as written:
        written.write_table(_table(columns))
    return file.getvalue()


def _table(columns: Columns) -> pa.Table:
    return pa.Table.from_arrays([one_row(table, columns) for table in TABLES], schema=SCHEMA)


def ours(columns: Columns) -> bytes:
    """What the track store holds: Parquet, differences packed to bits, with zstd."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "track.parquet"
        write_track(path, columns, HEADER)
        return path.read_bytes()


FORMATS: dict[str, Callable[[Columns], bytes]] = {
    "npz": npz,
    "Arrow IPC, zstd": arrow,
    "Arrow IPC of differences, zstd": arrow_of_differences,
    "Parquet plain, zstd": parquet_plain,
    "Parquet bytes split, zstd": parquet_split,
    "Parquet delta-packed, zstd (ours)": ours,
}
