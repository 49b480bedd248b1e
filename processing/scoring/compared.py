"""Two frames of one size side by side, in the form that all metrics take: values and how many pixels have them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.metrics import Points, Ranked, at
from processing.scoring.tally import MAX_PAIRS, PAST_BITS, Tallier
from processing.video.extraction import ExtractedFrame

Map = NDArray[np.floating]
# Levels of a video (L,) and the lowest and highest of them in this frame, to the values that are scored (L,).
Scaling = Callable[[Map, float, float], Map]


@dataclass(frozen=True)
class Compared:
    """A prediction beside the truth, as groups of pixels that are alike in both.

    prediction, truth: values (K,), scaled as the mode has it. pixels: how many pixels each group holds (K,).
    at: the prediction's values (N,) at points (N, 2). ranked: its values and how many pixels have each.
    """

    prediction: Map
    truth: Map
    pixels: Map
    at: Callable[[Points], Map]
    prediction_is_constant: bool
    truth_is_constant: bool
    _ranked: Callable[[], Ranked]

    @cached_property
    def ranked(self) -> Ranked:
        """The prediction's values in order; made when it is asked for."""
        return self._ranked()


def compare(
    predicted: ExtractedFrame,
    true: ExtractedFrame,
    *,
    scale: Scaling,
    tallier: Tallier,
    resize: Callable[[Map, tuple[int, int]], Map] | None = None,
) -> Compared:
    """Scale both frames and put them side by side.

    resize: what makes a scaled prediction (H, W) the size of the truth. Raises ValueError when it is None and the
    frames differ in size.
    """
    if predicted.codes.shape == true.codes.shape and len(predicted.greys) * len(true.greys) <= MAX_PAIRS:
        return _by_pairs(predicted, true, scale, tallier)
    prediction, truth = scaled(predicted, scale), scaled(true, scale)
    if prediction.shape != truth.shape:
        if resize is None:
            raise ValueError(f"shapes differ: {prediction.shape} and {truth.shape}")
        prediction = resize(prediction, truth.shape)
    return by_pixels(prediction, truth)


def by_pixels(prediction: Map, truth: Map) -> Compared:
    """Two maps (H, W): every pixel is a group of its own."""
    return Compared(
        prediction=prediction.ravel(),
        truth=truth.ravel(),
        pixels=np.broadcast_to(np.float64(1), prediction.size),
        at=lambda points: at(prediction, points),
        prediction_is_constant=bool(prediction.min() == prediction.max()),
        truth_is_constant=bool(truth.min() == truth.max()),
        _ranked=lambda: Ranked.of(prediction),
    )


def scaled(frame: ExtractedFrame, scale: Scaling) -> Map:
    """The frame's values (H, W). Levels are scaled before pixels are looked up: they are fewer.

    Raises BadInput for codes past their bits.
    """
    lowest, highest = frame.codes.min(), frame.codes.max()
    if highest >= len(frame.greys):
        raise BadInput(PAST_BITS)
    return scale(frame.greys, frame.greys[lowest], frame.greys[highest])[frame.codes]


def _by_pairs(predicted: ExtractedFrame, true: ExtractedFrame, scale: Scaling, tallier: Tallier) -> Compared:
    tally = tallier(predicted.codes, true.codes, (len(predicted.greys), len(true.greys)))
    histogram = tally.prediction_histogram(len(predicted.greys))
    used = np.flatnonzero(histogram)
    low, high = predicted.greys[used[0]], predicted.greys[used[-1]]
    levels = scale(predicted.greys, low, high)
    true_low, true_high = true.greys[tally.truth.min()], true.greys[tally.truth.max()]
    return Compared(
        prediction=levels.astype(np.float64)[tally.prediction],
        truth=scale(true.greys, true_low, true_high).astype(np.float64)[tally.truth],
        pixels=tally.pixels,
        at=lambda points: levels[at(predicted.codes, points)],
        prediction_is_constant=bool(low == high),
        truth_is_constant=bool(true_low == true_high),
        _ranked=lambda: Ranked(levels[used], histogram[used]),
    )


def different(points: Points) -> Points:
    """The different ones among points; sorting whole numbers is several times faster than sorting rows."""
    width = 1 << 32
    joined = np.unique(points[:, 0] * width + points[:, 1])
    return np.column_stack([joined // width, joined % width])
