"""Counting which codes lie upon which: the one pass over the pixels of a frame.

A frame of a 10-bit video has two million pixels and a thousand levels, and every metric of two maps is a sum over
pairs of levels. So the pixels are counted by pairs of codes once, exactly, and all arithmetic happens on the few ten
thousand different pairs. `_count_pairs` is the project's only compiled kernel; NumPy's bincount gives the same
(a test holds them together) and takes three times as long.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Codes = NDArray[np.unsignedinteger]

# Ten bits against ten. Deeper videos have more pairs than pixels; they are compared pixel by pixel.
MAX_PAIRS = 1 << 20
_INSIDE = np.uint32(MAX_PAIRS - 1)


class Tally(NamedTuple):
    """The different pairs of codes of two frames, each (K,): prediction, truth, how many pixels have both."""

    prediction: NDArray[np.int32]
    truth: NDArray[np.int32]
    pixels: NDArray[np.float64]

    def prediction_histogram(self, levels: int) -> NDArray[np.int64]:
        """How many pixels of the prediction have each code, (levels,)."""
        return np.bincount(self.prediction, self.pixels, minlength=levels).astype(np.int64)


class Tallier:
    """Makes the tallies of one clip; keeps the memory that they take, 20 MB, between its frames."""

    def __init__(self) -> None:
        self._table = np.zeros(MAX_PAIRS, np.uint32)
        self._found = Tally(
            np.empty(MAX_PAIRS, np.int32), np.empty(MAX_PAIRS, np.int32), np.empty(MAX_PAIRS, np.float64)
        )

    def __call__(self, prediction: Codes, truth: Codes, levels: int) -> Tally:
        """Count two frames (H, W) of one shape; `levels` is the number of the truth's levels.

        The numbers of levels of both, multiplied, are not more than `MAX_PAIRS`. The tally is good until the next
        call, which takes its memory.
        """
        _count_pairs(prediction, truth, np.uint32(levels), self._table)
        found = _drain(self._table, self._table.view(np.uint64), levels, *self._found)
        prediction_codes, truth_codes, pixels = self._found
        return Tally(prediction_codes[:found], truth_codes[:found], pixels[:found])


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile for the machine, free of the interpreter's lock, and keep the result on disk."""
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # neither beside this file nor in the user's cache folder may anything be written
        return njit(nogil=True)(function)


@_compiled
def _count_pairs(prediction: Codes, truth: Codes, levels: np.uint32, table: NDArray[np.uint32]) -> None:
    rows, columns = prediction.shape
    for row in range(rows):
        for column in range(columns):
            # In 32 bits, which takes a fifth less time than in 64.
            pair = np.uint32(prediction[row, column]) * levels + np.uint32(truth[row, column])
            # Codes are below their numbers of levels; the mask keeps a mistake in that from writing elsewhere.
            table[pair & _INSIDE] += np.uint32(1)


@_compiled
def _drain(
    table: NDArray[np.uint32],
    two_at_once: NDArray[np.uint64],
    levels: int,
    prediction: NDArray[np.int32],
    truth: NDArray[np.int32],
    pixels: NDArray[np.float64],
) -> int:
    """Move the table's entries that are not 0 to the front of the arrays; returns how many there were.

    two_at_once: the same memory, because most of the table is 0.
    """
    found = 0
    for two in range(two_at_once.size):
        if two_at_once[two] != 0:
            for pair in range(2 * two, 2 * two + 2):
                if table[pair] != 0:
                    prediction[found] = pair // levels
                    truth[found] = pair % levels
                    pixels[found] = table[pair]
                    found += 1
            two_at_once[two] = 0
    return found
