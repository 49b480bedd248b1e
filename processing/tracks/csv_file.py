"""CSV files of tracks."""

import csv
from collections.abc import Iterable
from pathlib import Path

from processing.tracks.by_column import read_columns
from processing.tracks.by_row import read_rows
from processing.tracks.header import COLUMNS
from processing.tracks.track import Dropped, Track


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
    tracks = read_columns(Path(path), skip_lost)
    return read_rows(Path(path), skip_bad, skip_lost) if tracks is None else (tracks, [])


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
