"""One track as rows of the exported tables: what was recorded, and beside it what alignment makes of it."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from collector.protocol import MOVE, REST, START
from collector.tracks.columns import CPX_PER_PX, Columns, raw_track
from processing.align import RawTrack, place, presented_frames
from processing.errors import BadInput

Rows = dict[str, np.ndarray]
"""Columns of one length; masked where a cell is empty, `str` objects for text."""

KINDS = {MOVE: "move", REST: "rest", START: "start"}
MILLI = 1000


@dataclass(frozen=True)
class Clip:
    """What the rows are placed on: frame rate, and the size of the reference in px."""

    fps: Fraction
    width: int
    height: int


def tables_of(columns: Columns, clip: Clip, labels: dict[str, str]) -> tuple[dict[str, Rows], str]:
    """Rows of samples, marks, viewports and events; and why samples could not be placed, empty when they could.

    `labels` stand in every row: trial, observer, stimulus.
    """
    raw = raw_track(columns)
    samples, trouble = _samples(raw, clip)
    tables = {
        "samples": samples,
        "marks": _marks(raw, clip),
        "viewports": _viewports(columns),
        "events": _events(columns),
    }
    return {name: _labelled(rows, labels) for name, rows in tables.items()}, trouble


def _labelled(rows: Rows, labels: dict[str, str]) -> Rows:
    count = len(rows["t_page_us"])
    head: Rows = {name: np.full(count, label, dtype=object) for name, label in labels.items()}
    return head | {"n": np.arange(count)} | rows


def _samples(raw: RawTrack, clip: Clip) -> tuple[Rows, str]:
    """In the order of their times, by which alignment places them."""
    order = np.argsort(raw.sample_t_us, kind="stable")
    names = ("sample_t_us", "sample_x", "sample_y", "sample_kind")
    raw = replace(raw, **{name: getattr(raw, name)[order] for name in names})
    rows: Rows = {
        "t_page_us": raw.sample_t_us,
        "kind": _words(raw.sample_kind),
        "x_client_px": raw.sample_x,
        "y_client_px": raw.sample_y,
    }
    try:
        placed = place(raw, clip.fps, clip.width, clip.height)
    except BadInput as error:
        nowhere: Any = np.ma.masked_all(len(order), np.int64)
        empty = dict.fromkeys(("t_media_us", "frame", "x_video_px", "y_video_px"), nowhere)
        return rows | empty | {"placed": np.full(len(order), "no_picture", dtype=object)}, str(error)
    without = ~placed.mapped
    # A sample's media time never leaves its frame, and may run on after the last one.
    frame = placed.media_us * clip.fps.numerator // (1_000_000 * clip.fps.denominator)
    why = np.select(
        [~placed.shown, placed.in_stall, ~placed.has_picture],
        ["before_first_frame", "stall", "no_picture"],
        "yes",
    )
    return rows | {
        "t_media_us": np.ma.array(placed.media_us, mask=without),
        "frame": np.ma.array(frame, mask=without),
        "x_video_px": np.ma.array(placed.x_px, mask=without),
        "y_video_px": np.ma.array(placed.y_px, mask=without),
        "placed": why.astype(object),
    }, ""


def _words(kinds: np.ndarray) -> np.ndarray:
    return np.array([KINDS[kind] for kind in kinds.tolist()], dtype=object)


def _marks(raw: RawTrack, clip: Clip) -> Rows:
    return {
        "t_page_us": raw.mark_t_us,
        "t_shown_us": raw.mark_t_shown_us,
        "t_media_us": raw.mark_media_us,
        "frame": presented_frames(raw, clip.fps),
        "presented": raw.mark_presented,
    }


def _viewports(columns: Columns) -> Rows:
    def of(name: str) -> np.ndarray:
        return columns[f"viewports.{name}"]

    return {
        "t_page_us": of("t_us"),
        **{
            f"{side}_client_px": of(f"{side}_cpx") / CPX_PER_PX for side in ("left", "top", "width", "height")
        },
        "device_px_per_css_px": of("dpr_milli") / MILLI,
        **{
            f"{name}_px": of(name)
            for name in ("window_width", "window_height", "screen_width", "screen_height")
        },
        "pinch": of("pinch_milli") / MILLI,
        "zoom": of("zoom_milli") / MILLI,
    }


def _events(columns: Columns) -> Rows:
    return {
        "t_page_us": columns["events.t_us"],
        "kind": columns["events.kind"],
        "detail": columns["events.detail"],
    }
