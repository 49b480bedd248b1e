"""The columns of a recording: chunks joined in order, and what alignment takes from them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from collector.protocol import Chunk, Events, Marks, Samples, Viewports
from processing.align import RawTrack

Columns = dict[str, np.ndarray]
"""int64 arrays (N,) named 'samples.t_us' and so on; text is an array of `str` objects."""

TABLES: dict[str, tuple[str, ...]] = {
    "samples": tuple(Samples.model_fields),
    "marks": tuple(Marks.model_fields),
    "viewports": tuple(Viewports.model_fields),
    "events": tuple(Events.model_fields),
    "chunks": ("number", "until_us", "received_us", "sha256"),
}
TEXT = {"events.kind", "events.detail", "chunks.sha256"}
CPX_PER_PX = 100
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Arrival:
    """One chunk on its way: until when on the page clock it reaches, when the server had taken it, its SHA-256."""

    number: int
    until_us: int
    received_us: int
    sha256: str

    @classmethod
    def of(cls, chunk: Chunk, received_at: dt.datetime, sha256: str) -> "Arrival":
        """When `chunk`, whose bytes have this digest, was taken."""
        times = (*chunk.samples.t_us, *chunk.marks.t_us, *chunk.events.t_us)
        return cls(chunk.n, max(times, default=0), epoch_us(received_at), sha256)


def epoch_us(moment: dt.datetime) -> int:
    """µs since 1970 in UTC, exactly."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def join_chunks(chunks: Iterable[Chunk], arrivals: Iterable[Arrival] = ()) -> Columns:
    """Columns of all chunks in the order of their numbers, and when each arrived."""
    ordered = sorted(chunks, key=lambda chunk: chunk.n)
    columns: Columns = {}
    for table in ("samples", "marks", "viewports", "events"):
        for name in TABLES[table]:
            values = [value for chunk in ordered for value in getattr(getattr(chunk, table), name)]
            columns[f"{table}.{name}"] = column(f"{table}.{name}", values)
    arrived = sorted(arrivals, key=lambda arrival: arrival.number)
    for name in TABLES["chunks"]:
        columns[f"chunks.{name}"] = column(f"chunks.{name}", [getattr(one, name) for one in arrived])
    return columns


def column(name: str, values: Iterable) -> np.ndarray:
    """The values as the column of this name holds them."""
    if name in TEXT:
        return np.array([str(value) for value in values], dtype=object)
    return np.array(list(values), dtype=np.int64)


def first_difference(left: Columns, right: Columns) -> str | None:
    """The name of a column that the two do not share value by value; None when they are equal."""
    for name in sorted(left.keys() | right.keys()):
        if name not in left or name not in right or not np.array_equal(left[name], right[name]):
            return name
    return None


def raw_track(columns: Columns) -> RawTrack:
    """The columns as alignment wants them: µs on the page clock, CSS px as float64."""

    def px(name: str) -> np.ndarray:
        return columns[name] / CPX_PER_PX

    return RawTrack(
        sample_t_us=columns["samples.t_us"],
        sample_x=px("samples.x_cpx"),
        sample_y=px("samples.y_cpx"),
        sample_kind=columns["samples.kind"],
        mark_t_us=columns["marks.t_us"],
        mark_t_shown_us=columns["marks.t_shown_us"],
        mark_media_us=columns["marks.media_us"],
        mark_presented=columns["marks.presented"],
        viewport_t_us=columns["viewports.t_us"],
        viewport_left=px("viewports.left_cpx"),
        viewport_top=px("viewports.top_cpx"),
        viewport_width=px("viewports.width_cpx"),
        viewport_height=px("viewports.height_cpx"),
    )
