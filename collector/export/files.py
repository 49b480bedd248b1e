"""The tables as CSV or Parquet files, written a piece at a time."""

from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from collector.export.dictionary import TABLES
from collector.export.tables import Rows

TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "yes/no": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
}
SCHEMAS = {
    table: pa.schema(
        [
            pa.field(one.name, TYPES[one.type], metadata={"unit": one.unit, "meaning": one.meaning})
            for one in fields
        ]
    )
    for table, fields in TABLES.items()
}
FORMATS = ("csv", "parquet")
ROWS_AT_ONCE = 100_000  # some tens of MiB
# A text cell that begins so would be taken for a formula by a spreadsheet (OWASP, "CSV Injection").
FORMULA = r"^([=+\-@\t\r])"


class _Writer(Protocol):
    """Arrow's writers of both kinds."""

    def write_table(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


class TableFile:
    """One table on its way to a file: rows are kept until there are enough for a piece."""

    def __init__(self, folder: Path, table: str, kind: str) -> None:
        path = folder / f"{table}.{kind}"
        self._schema = SCHEMAS[table]
        self._is_csv = kind == "csv"
        self._writer: _Writer = (
            pyarrow.csv.CSVWriter(path, self._schema)
            if self._is_csv
            else pq.ParquetWriter(path, self._schema, compression="zstd")
        )
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, rows: Rows) -> None:
        """Append rows; every column of the table must be there."""
        arrays = [pa.array(rows[field.name], type=field.type) for field in self._schema]
        self._waiting.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._rows += self._waiting[-1].num_rows
        if self._rows >= ROWS_AT_ONCE:
            self._flush()

    def close(self) -> None:
        """Write what is left; without any row the file holds the names of the columns."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        table = pa.Table.from_batches(self._waiting, schema=self._schema)
        self._writer.write_table(_harmless(table) if self._is_csv else table)
        self._waiting, self._rows = [], 0


def _harmless(table: pa.Table) -> pa.Table:
    """Text that a spreadsheet would run gets an apostrophe before it."""
    for at, field in enumerate(table.schema):
        if field.type == pa.string():
            column = pc.replace_substring_regex(table.column(at), FORMULA, r"'\1")
            table = table.set_column(at, field, column)
    return table
