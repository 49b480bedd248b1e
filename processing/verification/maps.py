"""Files and map videos held against each other."""

import tempfile
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from processing.errors import BadInput
from processing.layouts import Points
from processing.pipeline import SALIENCY, write_maps
from processing.scoring.checks import require_points
from processing.verification.verdict import Maps
from processing.video import VideoFacts, read_luma_planes

_PIECE_BYTES = 1 << 20
_WIDEST_SIGMA_PX = 1e6  # as a recipe has it


def same_bytes(one: Path, other: Path) -> bool:
    """Whether two files are equal."""
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while piece := first.read(_PIECE_BYTES):
            if piece != second.read(_PIECE_BYTES):
                return False
    return True


def compare_with_made(
    saliency: Path, points: Sequence[Points], facts: VideoFacts, sigma_px: object, encoding: str
) -> Maps:
    """How a map video differs from the one that is made again from its fixations.

    points: of each frame, int64 (N, 2) as (row, col). facts: those of the map video. sigma_px: as a file states it.
    Raises BadInput where no maps can be made of these, and as `compare_maps`.
    """
    if (
        isinstance(sigma_px, bool)
        or not isinstance(sigma_px, int | float)
        or not 0 < sigma_px <= _WIDEST_SIGMA_PX
    ):
        raise BadInput(f"sigma_px is stated as {sigma_px!r}: no map can be made with that")
    require_points(points, facts)
    with tempfile.TemporaryDirectory() as scratch:
        again = Path(scratch, SALIENCY)
        write_maps(again, [own[:, ::-1] for own in points], facts, float(sigma_px), encoding)
        return compare_maps(saliency, again, facts.frames)


def compare_maps(one: Path, other: Path, frames: int) -> Maps:
    """How two map videos of `frames` frames differ.

    Raises BadInput when they have other numbers of frames, another size or another kind of luma.
    """
    if same_bytes(one, other):
        return Maps(frames, 0, 0, True)
    differing = worst = seen = 0
    for first, second in zip_longest(read_luma_planes(one), read_luma_planes(other)):
        if first is None or second is None:
            raise BadInput(f"{one.name}: one map breaks off after {seen} frames, the other goes on")
        if (first.codes.shape, first.bits, first.full_range) != (
            second.codes.shape,
            second.bits,
            second.full_range,
        ):
            raise BadInput(f"{one.name}: the maps have other sizes, depths or ranges")
        apart = int(np.abs(first.codes.astype(np.int32) - second.codes.astype(np.int32)).max())
        differing += apart > 0
        worst = max(worst, apart)
        seen += 1
    return Maps(seen, differing, worst, False)
