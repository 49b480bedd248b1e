"""Tracks in media time and video pixels, and the CSV files that carry them."""

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput

COLUMNS = ("observer", "t_s", "x_px", "y_px")
# Three years: far past any clip, and small enough for exact 64-bit arithmetic at every grid rate.
_MAX_TIME_S = 1e8


@dataclass(frozen=True)
class Track:
    """Where one observer's hand was on one clip.

    t_us: int64 (N,), media time in µs, strictly ascending; may lie before 0 and after the clip's end.
    x_px, y_px: float64 (N,), video pixels, origin top left; may lie outside the picture.
    Of samples at equal times the last one counts, the others are left out here. Raises BadInput when time runs
    backwards, a position is not finite, or the lengths differ.
    """

    observer: str
    t_us: NDArray[np.int64]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]

    def __post_init__(self) -> None:
        t_us = np.asarray(self.t_us, np.int64)
        x_px, y_px = np.asarray(self.x_px, np.float64), np.asarray(self.y_px, np.float64)
        if not len(t_us) == len(x_px) == len(y_px):
            raise BadInput(f"observer {self.observer}: times and positions differ in number; pair them")
        if not (np.isfinite(x_px).all() and np.isfinite(y_px).all()):
            raise BadInput(f"observer {self.observer}: a position is not a finite number; drop that sample")
        steps = np.diff(t_us)
        if (steps < 0).any():
            raise BadInput(f"observer {self.observer}: time runs backwards; sort the samples")
        last_of_its_time = np.append(steps > 0, True)[: len(t_us)]
        chosen = slice(None) if last_of_its_time.all() else last_of_its_time
        for name, values in (("t_us", t_us), ("x_px", x_px), ("y_px", y_px)):
            object.__setattr__(self, name, values[chosen])


@dataclass(frozen=True)
class Dropped:
    """An observer who was left out, and why, in one line for a person."""

    observer: str
    reason: str


@dataclass
class _Rows:
    """What has been read of one observer; `bad` is the first complaint about a row."""

    t_us: list[int] = field(default_factory=list)
    x_px: list[float] = field(default_factory=list)
    y_px: list[float] = field(default_factory=list)
    bad: str | None = None


def read_csv(
    path: str | Path, skip_bad: bool = False, skip_lost: bool = False
) -> tuple[list[Track], list[Dropped]]:
    """Read tracks from a CSV with the columns observer, t_s (media seconds), x_px, y_px (video pixels).

    Further columns are ignored; observers may be interleaved. Times are rounded to µs, `round(t_s * 1e6)`.
    skip_bad: leave out an observer with a bad row instead of raising. skip_lost: pass over rows whose position is
    empty or NaN, as eye trackers write them where they lost the eye. Both lists are sorted by observer.
    Raises BadInput, with the line's number where there is one, on an unreadable file, a missing column, a bad
    row (a field that is missing or no finite number, no observer's name, time running backwards) and when no
    sample remains.
    """
    path = Path(path)
    by_observer: dict[str, _Rows] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            at = _column_places(next(reader, []), path.name)
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


def write_csv(path: str | Path, tracks: Iterable[Track]) -> None:
    """Write tracks so that `read_csv` gives back the same numbers."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for track in tracks:
            for t_us, x_px, y_px in zip(
                track.t_us.tolist(), track.x_px.tolist(), track.y_px.tolist(), strict=True
            ):
                whole, rest = divmod(abs(t_us), 1_000_000)
                writer.writerow([track.observer, f"{'-' * (t_us < 0)}{whole}.{rest:06d}", x_px, y_px])


def _column_places(header: list[str], name: str) -> dict[str, int]:
    names = [column.strip() for column in header]
    for column in COLUMNS:
        if names.count(column) != 1:
            trouble = "is missing" if column not in names else "is there more than once"
            raise BadInput(f'{name}: column "{column}" {trouble}; the header must name {", ".join(COLUMNS)}')
    return {column: names.index(column) for column in COLUMNS}


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
        if abs(t_s) > _MAX_TIME_S:
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
