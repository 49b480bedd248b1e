"""Counting which codes lie upon which: the one pass over the pixels of a frame.

A frame of a 10-bit video has two million pixels and a thousand levels, and every metric of two maps is a sum over
pairs of levels. So the pixels are counted by pairs of codes once, exactly, and all arithmetic happens on the few ten
thousand different pairs. The loops are compiled; NumPy's bincount gives the same (a test holds them together) and
takes five times as long.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processing.compiled import compiled
from processing.errors import BadInput

Codes = NDArray[np.unsignedinteger]

# Ten bits against ten. Deeper videos have more pairs than pixels; they are compared pixel by pixel.
MAX_PAIRS = 1 << 20
_INSIDE = np.uint32(MAX_PAIRS - 1)
_CODE = np.uint64(0xFFFF)

# A lossless stream can be made to decode to them.
PAST_BITS = "a picture holds values past the bits of its format: export the video again"


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

    def __call__(self, prediction: Codes, truth: Codes, levels: tuple[int, int]) -> Tally:
        """Count two frames (H, W) of one shape.

        levels: how many each video has, multiplied not more than `MAX_PAIRS`. The tally is good until the next call,
        which takes its memory. Raises BadInput for codes past their bits.
        """
        if _in_words(prediction) and _in_words(truth):
            seen = _count_words(
                prediction.view(np.uint64), truth.view(np.uint64), np.uint32(levels[1]), self._table
            )
        else:
            seen = _count_pairs(prediction, truth, np.uint32(levels[1]), self._table)
        found = _drain(self._table, self._table.view(np.uint64), levels[1], *self._found)
        for bits, own in zip(seen, levels, strict=True):
            if int(bits) >> (own - 1).bit_length():
                raise BadInput(PAST_BITS)
        prediction_codes, truth_codes, pixels = self._found
        return Tally(prediction_codes[:found], truth_codes[:found], pixels[:found])


def _in_words(codes: Codes) -> bool:
    """Whether the rows can be read four codes of 16 bits at a time."""
    return (
        codes.itemsize == 2
        and codes.shape[1] % 4 == 0
        and codes.strides[1] == 2
        and codes.strides[0] % 8 == 0
        and codes.ctypes.data % 8 == 0
    )


@compiled()
def _count_pairs(
    prediction: Codes, truth: Codes, levels: np.uint32, table: NDArray[np.uint32]
) -> tuple[np.uint32, np.uint32]:
    """Returns the bits that were set in any code of either frame; what does not fit is counted at a wrong place."""
    rows, columns = prediction.shape
    predicted_bits = true_bits = np.uint32(0)
    for row in range(rows):
        for column in range(columns):
            # In 32 bits, which takes a fifth less time than in 64.
            predicted, true = np.uint32(prediction[row, column]), np.uint32(truth[row, column])
            predicted_bits |= predicted
            true_bits |= true
            table[(predicted * levels + true) & _INSIDE] += np.uint32(1)
    return predicted_bits, true_bits


@compiled()
def _count_words(
    prediction: NDArray[np.uint64], truth: NDArray[np.uint64], levels: np.uint32, table: NDArray[np.uint32]
) -> tuple[int, int]:
    """As `_count_pairs`, four pixels at a time: maps are smooth, and most of them repeat the four before."""
    rows, columns = prediction.shape
    predicted_bits = true_bits = last_predicted = last_true = np.uint64(0)
    repeats = np.uint32(0)
    for row in range(rows):
        for column in range(columns):
            predicted, true = prediction[row, column], truth[row, column]
            if predicted == last_predicted and true == last_true:
                repeats += np.uint32(1)
            else:
                _count_word(last_predicted, last_true, levels, repeats, table)
                predicted_bits |= predicted
                true_bits |= true
                last_predicted, last_true, repeats = predicted, true, np.uint32(1)
    _count_word(last_predicted, last_true, levels, repeats, table)
    return _any_code(predicted_bits), _any_code(true_bits)


@compiled()
def _count_word(
    predicted: np.uint64, true: np.uint64, levels: np.uint32, times: np.uint32, table: NDArray[np.uint32]
) -> None:
    for shift in (0, 16, 32, 48):
        code = np.uint32((predicted >> np.uint64(shift)) & _CODE)
        true_code = np.uint32((true >> np.uint64(shift)) & _CODE)
        table[(code * levels + true_code) & _INSIDE] += times


@compiled()
def _any_code(word: np.uint64) -> int:
    """The bits that are set in any of a word's four codes."""
    folded = word | (word >> np.uint64(32))
    return int((folded | (folded >> np.uint64(16))) & _CODE)


@compiled()
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
