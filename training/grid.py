"""The coarse grids on which baselines see pictures and predict maps.

A clip keeps its way up: landscape, portrait and square clips have a grid of their own, so that a vertical
video is not squeezed into a wide one. Pictures live on the *input grid*, maps on the *map grid*, whose
cells span a few of the others each way.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from processing.errors import BadInput

# Sides of the input grid are multiples of this: the deepest stage of the network has 1/16 of them.
SIDE_MULTIPLE = 16
LARGEST_SIDE = 1024

# Pictures whose sides differ by less than this ratio count as square.
SQUARE_UP_TO = 1.2


class Orientation(StrEnum):
    """Which way up a picture stands."""

    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"
    SQUARE = "square"


class Grid(NamedTuple):
    """Rows and columns of a grid, in this order as in an array's shape."""

    height: int
    width: int


def orientation_of(width: int, height: int) -> Orientation:
    """Which way up a picture of `width` x `height` pixels stands."""
    if max(width, height) < SQUARE_UP_TO * min(width, height):
        return Orientation.SQUARE
    return Orientation.LANDSCAPE if width > height else Orientation.PORTRAIT


def input_grid(orientation: Orientation, long_side: int, short_side: int) -> Grid:
    """The grid of pictures; a square one has about as many cells as the others."""
    if orientation is Orientation.LANDSCAPE:
        return Grid(short_side, long_side)
    if orientation is Orientation.PORTRAIT:
        return Grid(long_side, short_side)
    side = SIDE_MULTIPLE * round(math.sqrt(long_side * short_side) / SIDE_MULTIPLE)
    return Grid(side, side)


def map_grid(pictures: Grid, stride: int) -> Grid:
    """The grid of maps that belongs to a grid of pictures, of a model with so many cells of these to a map cell."""
    return Grid(pictures.height // stride, pictures.width // stride)


def require_whole_patches(pictures: Grid, patch: int) -> None:
    """Raise BadInput when square patches of so many cells a side would leave a rest of a grid of pictures unseen."""
    if pictures.height % patch or pictures.width % patch:
        every = math.lcm(patch, SIDE_MULTIPLE)
        fitting = ", ".join(str(side) for side in range(every, LARGEST_SIDE + 1, every))
        raise BadInput(
            f"patches of {patch} do not divide a grid of {pictures.width}x{pictures.height}: set data.long_side and "
            f"data.short_side both to one of {fitting}"
        )
