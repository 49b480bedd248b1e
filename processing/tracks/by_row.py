"""A CSV of tracks read row by row: slow, and exact about what is wrong in which line."""

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from processing.errors import BadInput
from processing.tracks.header import COLUMNS, MAX_TIME_S, column_places
from processing.tracks.track import Dropped, Track


@dataclass
class _Rows:
    """What has been read of one observer; `bad` is the first complaint about a row."""

    t_us: list[int] = field(default_factory=list)
    x_px: list[float] = field(default_factory=list)
    y_px: list[float] = field(default_factory=list)
    bad: str | None = None


def read_rows(path: Path, skip_bad: bool, skip_lost: bool) -> tuple[list[Track], list[Dropped]]:
    """As `processing.tracks.read_csv`."""
    by_observer: dict[str, _Rows] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            at = column_places(next(reader, []), path.name)
            for row in reader:
                if row and not (skip_lost and _is_lost(row, at)):
                    _take(row, at, f"{path.name}, line {reader.line_num}", by_observer, skip_bad)
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be read ({error.strerror}); give the path of a CSV of tracks"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}: is not UTF-8 text; save the tracks as a UTF-8 CSV") from error
    except csv.Error as error:
        raise BadInput(
            f"{path.name}, line {reader.line_num}: is not CSV ({error}); mend that line"
        ) from error
    tracks = [
        Track(observer, np.array(rows.t_us, np.int64), np.array(rows.x_px), np.array(rows.y_px))
        for observer, rows in sorted(by_observer.items())
        if rows.bad is None
    ]
    dropped = [
        Dropped(observer, rows.bad) for observer, rows in sorted(by_observer.items()) if rows.bad is not None
    ]
    if not by_observer:
        raise BadInput(f"{path.name}: holds no samples; give a file with one row a sample")
    if not tracks:
        raise BadInput(f"{path.name}: every observer has a bad row, the first is {dropped[0].reason}")
    return tracks, dropped


def _take(
    row: list[str], at: dict[str, int], where: str, by_observer: dict[str, _Rows], skip_bad: bool
) -> None:
    """Add one row to its observer's, or note (or raise, unless skip_bad) what is wrong with it."""
    observer = row[at["observer"]].strip() if at["observer"] < len(row) else ""
    rows = by_observer.setdefault(observer, _Rows())
    if rows.bad is not None:
        return
    try:
        if not observer:
            raise BadInput("the observer's name is missing; fill it in")
        t_s, x_px, y_px = (_number(row, at[column], column) for column in COLUMNS[1:])
        if abs(t_s) > MAX_TIME_S:
            raise BadInput(f"t_s = {t_s:g} is no media time in seconds")
        t_us = round(t_s * 1e6)
        if rows.t_us and t_us < rows.t_us[-1]:
            raise BadInput(f"time runs backwards ({t_s:g} s after {rows.t_us[-1] / 1e6:g} s); sort the rows")
    except BadInput as complaint:
        rows.bad = f"{where}: {complaint}" if skip_bad else None
        if not skip_bad:
            raise BadInput(f"{where}: observer {observer or '?'}: {complaint}") from complaint
        return
    rows.t_us.append(t_us)
    rows.x_px.append(x_px)
    rows.y_px.append(y_px)


def _is_lost(row: list[str], at: dict[str, int]) -> bool:
    """Whether a row that is long enough to hold a position holds none."""
    places = [at[column] for column in COLUMNS[2:]]
    return len(row) > max(places) and any(row[place].strip().lower() in ("", "nan") for place in places)


def _number(row: list[str], place: int, column: str) -> float:
    text = row[place].strip() if place < len(row) else ""
    try:
        value = math.nan if "_" in text else float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInput(f'{column} = "{text}" is not a finite number')
    return value
