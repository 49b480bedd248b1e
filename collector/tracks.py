"""The raw track of a trial: one checksummed file of integer columns, never rewritten.

NumPy's npz is read by every scientific Python without our code, is written with fixed dates so that the same chunks
give the same bytes, and is opened with pickles refused.
"""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from collector import blobs
from collector.protocol import Chunk
from processing.align import RawTrack

COLUMNS = {
    "samples": ("t_us", "x_cpx", "y_cpx", "kind"),
    "marks": ("t_us", "t_shown_us", "media_us", "presented"),
    "viewports": (
        "t_us",
        "left_cpx",
        "top_cpx",
        "width_cpx",
        "height_cpx",
        "dpr_milli",
        "window_width",
        "window_height",
    ),
}
CPX_PER_PX = 100


def join_chunks(chunks: Iterable[Chunk]) -> dict[str, np.ndarray]:
    """Columns of all chunks in the order of their numbers, as int64 arrays (N,) named 'samples.t_us' and so on.

    Events, which hold text, become one array of JSON bytes named 'events'.
    """
    ordered = sorted(chunks, key=lambda chunk: chunk.n)
    columns = {
        f"{table}.{name}": np.array(
            [value for chunk in ordered for value in getattr(getattr(chunk, table), name)], dtype=np.int64
        )
        for table, names in COLUMNS.items()
        for name in names
    }
    events = [
        {"t_us": t_us, "kind": kind, "detail": detail}
        for chunk in ordered
        for t_us, kind, detail in zip(chunk.events.t_us, chunk.events.kind, chunk.events.detail, strict=True)
    ]
    columns["events"] = _json_bytes(events)
    return columns


def write_track(path: Path, columns: dict[str, np.ndarray], header: dict[str, Any]) -> None:
    """Write the raw track file; `header` says which trial, rendition and protocol it belongs to."""
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, header=_json_bytes(header), **columns)


def read_columns(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and columns of a raw track file."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        columns = {name: archive[name] for name in archive.files if name != "header"}
        return json.loads(archive["header"].tobytes()), columns


def raw_track(columns: dict[str, np.ndarray]) -> RawTrack:
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


def read_track(sha256: str) -> RawTrack:
    """Fetch a raw track from the track store; raises blobs.BlobDamaged when it is not what was stored."""
    with blobs.scratch() as folder:
        path = blobs.fetch("tracks", sha256, folder / "track.npz")
        _, columns = read_columns(path.read_bytes())
    return raw_track(columns)


def _json_bytes(value: Any) -> np.ndarray:
    return np.frombuffer(json.dumps(value, sort_keys=True, separators=(",", ":")).encode(), dtype=np.uint8)
