"""Files and map videos held against each other."""

from itertools import zip_longest
from pathlib import Path

import numpy as np

from processing.errors import BadInput
from processing.verification.verdict import Maps
from processing.video import read_luma_planes

_PIECE_BYTES = 1 << 20


def same_bytes(one: Path, other: Path) -> bool:
    """Whether two files are equal."""
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while piece := first.read(_PIECE_BYTES):
            if piece != second.read(_PIECE_BYTES):
                return False
    return True


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
