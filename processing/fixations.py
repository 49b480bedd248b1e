"""Fixation points of every frame: grid samples on whole pixels, and what becomes of frames without any."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.resample import FrameSamples

Points = NDArray[np.int64]


@dataclass(frozen=True)
class FramePoints:
    """points[f]: int64 (N, 2) as (x, y), whole video pixels inside the picture, repeats kept, in canonical order.

    outside: grid samples inside the clip that lay outside the picture. per_observer: points each one gave.
    """

    points: list[Points]
    outside: int
    per_observer: list[int]


def frame_points(samples: Sequence[FrameSamples], frames: int, width: int, height: int) -> FramePoints:
    """Gather every observer's samples of each frame as points: floor of the position, inside the picture only.

    The points of a frame are sorted by y, then x: nobody can tell who gave which, and the order in which
    observers are listed changes nothing.
    """
    frame, x, y = (np.concatenate([getattr(s, name) for s in samples]) for name in ("frame", "x_px", "y_px"))
    x, y = np.floor(x), np.floor(y)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    observer = np.repeat(np.arange(len(samples)), [len(s.frame) for s in samples])
    per_observer = np.bincount(observer[inside], minlength=len(samples)).tolist()
    frame = frame[inside]
    points = np.stack([x[inside], y[inside]], axis=1).astype(np.int64)
    order = np.lexsort((points[:, 0], points[:, 1], frame))
    ends = np.cumsum(np.bincount(frame, minlength=frames))
    return FramePoints(
        points=np.split(points[order], ends[:-1]), outside=int((~inside).sum()), per_observer=per_observer
    )


def trimmed(points: list[Points]) -> list[Points]:
    """The frames up to the last one that has points."""
    covered = [number for number, own in enumerate(points) if len(own)]
    return points[: covered[-1] + 1] if covered else []


def fill_empty(points: list[Points], rule: Literal["nearest", "fail"]) -> tuple[list[Points], int]:
    """Give each frame without points those of the nearest frame that has its own, of two the earlier.

    Returns the points of all frames and how many were filled. Raises BadInput when no frame has any, and with
    rule "fail" when one has none.
    """
    covered = np.array([number for number, own in enumerate(points) if len(own)], np.int64)
    if not len(covered):
        raise BadInput("no observer has a point inside the clip; check the times and positions of the tracks")
    empty = np.setdiff1d(np.arange(len(points)), covered)
    if len(empty) and rule == "fail":
        raise BadInput(
            f"{len(empty)} of {len(points)} frames have no points, the first is frame {empty[0]}; "
            'record longer, or use tail = "hold" or "trim", or empty_frames = "nearest"'
        )
    after = np.minimum(np.searchsorted(covered, empty), len(covered) - 1)
    before = np.maximum(after - 1, 0)
    earlier_is_nearer = np.abs(empty - covered[before]) <= np.abs(covered[after] - empty)
    nearest = np.where(earlier_is_nearer, covered[before], covered[after])
    filled = list(points)
    for number, source in zip(empty.tolist(), nearest.tolist(), strict=True):
        filled[number] = points[source]
    return filled, len(empty)
