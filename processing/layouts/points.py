"""Fixation files. This is the only file that writes points as (row, col).

A frame's points are int64 ``(N, 2)``, origin top left, repeated points kept.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.layouts.documents import read_json

Points = NDArray[np.int64]

# No picture has so many rows; nan and infinities are not below it either.
_ANYTHING_LIKE_A_PICTURE = 1 << 31


def read_fixations(path: Path) -> list[Points]:
    """A ``fixations.json``: for each frame its points, int64 ``(N, 2)`` as (row, col), N may be 0.

    Whether points lie inside the picture is for the caller, who knows its size.
    Raises BadInput, naming the frame (0-based), for anything else than whole numbers in pairs.
    """
    return [_points(frame, index, path) for index, frame in enumerate(_frames(path))]


def read_cut_fixations(path: Path) -> tuple[list[Points], int]:
    """As `read_fixations`, with fractions cut off towards 0, and in how many frames there were any."""
    frames = [_points(frame, index, path, kinds="if") for index, frame in enumerate(_frames(path))]
    fractions = sum(points.dtype.kind == "f" for points in frames)
    return [points.astype(np.int64) for points in frames], fractions


def write_fixations(path: Path, per_frame: Iterable[Points]) -> None:
    """Write each frame's points, int64 ``(N, 2)`` as (row, col), one frame a line. The same points give the
    same bytes."""
    lines = [
        json.dumps(np.asarray(points, dtype=np.int64).reshape(-1, 2).tolist(), separators=(",", ":"))
        for points in per_frame
    ]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n", encoding="utf-8")


def _frames(path: Path) -> list[Any]:
    document = read_json(path)
    if not isinstance(document, list):
        raise BadInput(f"{path.name} must be a list with one entry a frame")
    return document


def _points(frame: Any, index: int, path: Path, kinds: str = "i") -> NDArray[Any]:
    if isinstance(frame, list) and not frame:
        return np.empty((0, 2), dtype=np.int64)
    try:
        points = np.array(frame)
    except ValueError:  # lists of unequal length
        points = np.empty(0)
    if (
        not isinstance(frame, list)
        or points.ndim != 2
        or points.shape[1] != 2
        or points.dtype.kind not in kinds
    ):
        raise BadInput(f"frame {index} of {path.name} must be a list of [row, col] pairs of whole numbers")
    if not (np.abs(points) < _ANYTHING_LIKE_A_PICTURE).all():
        raise BadInput(f"frame {index} of {path.name} has a number that is no place in a picture")
    return points
