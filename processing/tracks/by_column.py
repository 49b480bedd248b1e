"""A CSV of tracks read in whole columns, where there is nothing odd about it.

Anything that another reader might take in another way, and anything wrong, is left to `by_row`, which says what and
where. So both readers give the same tracks wherever this one gives any.
"""

import csv
import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.tracks.header import COLUMNS, MAX_TIME_S, column_places
from processing.tracks.track import Track

_BOM = b"\xef\xbb\xbf"
_NEWLINE, _RETURN, _QUOTE, _COMMA = b'\n\r",'
# All ways to write the letters: a row whose position is one of these is a lost one.
_LOST = ["", *map("".join, itertools.product("nN", "aA", "nN"))]


def read_columns(path: Path, skip_lost: bool) -> list[Track] | None:
    """The tracks, sorted by observer; None where the file has to be read row by row."""
    try:
        content = path.read_bytes().removeprefix(_BOM)
    except OSError:
        return None
    first, _, rest = content.partition(b"\n")
    if not _is_plain(content) or rest.startswith(_BOM):  # the parser would pass over a second mark
        return None
    header = next(csv.reader([first.decode().removesuffix("\r")], strict=True), [])
    try:
        table = _parsed(rest, len(header), column_places(header, path.name), skip_lost)
        return None if table is None else _tracks(table)
    except (BadInput, pa.ArrowInvalid):
        return None


def _is_plain(content: bytes) -> bool:
    """Whether the text is UTF-8, has usual ends of lines, and quotes around whole fields only."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    if b"\0" in content or content.count(b"\r") != content.count(b"\r\n"):
        return False
    codes = np.frombuffer(content, np.uint8)
    longest = np.diff(np.flatnonzero(codes == _NEWLINE), prepend=-1, append=codes.size).max()
    if longest > csv.field_size_limit():
        return False
    return b'"' not in content or _quotes_fields(codes)


def _quotes_fields(codes: NDArray[np.uint8]) -> bool:
    """Whether quotes come in pairs that begin and end a field of one line."""
    quotes = np.flatnonzero(codes == _QUOTE)
    if quotes.size % 2:
        return False
    framed = np.concatenate([[_NEWLINE], codes, [_NEWLINE]])
    before, after = framed[quotes[::2]], framed[quotes[1::2] + 2]
    newlines = np.cumsum(codes == _NEWLINE)[quotes]
    return bool(
        np.isin(before, (_COMMA, _NEWLINE)).all()
        and np.isin(after, (_COMMA, _NEWLINE, _RETURN)).all()
        and (newlines[::2] == newlines[1::2]).all()
    )


def _parsed(rows: bytes, width: int, at: dict[str, int], skip_lost: bool) -> pa.Table | None:
    """The four columns of all rows that are not lost. Raises ArrowInvalid for what is no number."""
    names = [str(place) for place in range(width)]
    types = {names[at[column]]: pa.float64() for column in COLUMNS[1:]}
    types[names[at["observer"]]] = pa.string()
    table = pyarrow.csv.read_csv(
        pa.BufferReader(rows),
        read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=types,
            include_columns=[names[at[column]] for column in COLUMNS],
            null_values=_LOST if skip_lost else [],
        ),
    ).rename_columns(COLUMNS)
    if skip_lost:
        table = table.filter(pc.and_(pc.is_valid(table["x_px"]), pc.is_valid(table["y_px"])))
    return table if table.num_rows and not any(column.null_count for column in table.columns) else None


def _tracks(table: pa.Table) -> list[Track] | None:
    t_s, x_px, y_px = (table[column].to_numpy() for column in COLUMNS[1:])
    if not (np.abs(t_s) <= MAX_TIME_S).all() or not (np.isfinite(x_px).all() and np.isfinite(y_px).all()):
        return None
    observers, codes = _observers(table["observer"])
    if "" in observers:
        return None
    t_us = np.rint(t_s * 1e6).astype(np.int64)
    order = np.argsort(codes, kind="stable")
    t_us, x_px, y_px = t_us[order], x_px[order], y_px[order]
    ends = np.cumsum(np.bincount(codes, minlength=len(observers)))
    tracks = []
    for observer, start, end in zip(observers, [0, *ends[:-1]], ends, strict=True):
        own = slice(start, end)
        tracks.append(Track(observer, t_us[own], x_px[own], y_px[own]))
    return tracks


def _observers(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    """The different names without blanks around them, sorted, and which of them each row has."""
    coded = column.combine_chunks().dictionary_encode()
    written = [name.strip() for name in coded.dictionary.to_pylist()]
    names = sorted(set(written))
    place = {name: number for number, name in enumerate(names)}
    return names, np.array([place[name] for name in written])[coded.indices.to_numpy()]
