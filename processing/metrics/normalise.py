"""The scalings that metrics ask for, each a step of its own; which one with which epsilon is a scorer's choice.

All are affine, v -> (v - shift) / scale. They are found from all pixels of a map and may then be applied to any
of its values, such as those at the fixation points.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]


class Affine(NamedTuple):
    """The scaling ``(v - shift) / scale``; a scale of 0 belongs to a constant map and sends everything to 0."""

    shift: float
    scale: float

    def __call__(self, values: Values) -> NDArray[np.float64]:
        moved = np.subtract(values, self.shift, dtype=np.float64)
        if self.scale == 0:
            return np.zeros_like(moved)
        moved /= self.scale
        return moved


def minmax(low: float, high: float, *, eps: float = 0.0) -> Affine:
    """To [0, 1]: ``(v - min) / (max - min + eps)``, of a map whose least and greatest value are low and high."""
    return Affine(low, high - low + eps)


def zscore(values: Values, pixels: Values | None = None, *, eps: float = 0.0) -> Affine:
    """To mean 0 and deviation 1: ``(v - mean) / (deviation + eps)``, the deviation that of all pixels (ddof 0).

    pixels: how many pixels each value stands for, shape of `values`; one each when left out.
    """
    count = values.size if pixels is None else float(pixels.sum())
    mean = total(values, pixels=pixels) / count
    centred = np.subtract(values, mean, dtype=np.float64)
    return Affine(mean, float(np.sqrt(total(centred, centred, pixels=pixels) / count)) + eps)


def distribution(values: Values, pixels: Values | None = None, *, eps: float = 0.0) -> Affine:
    """To sum 1: ``v / (sum + eps)``. For values that are not negative; an all-zero map stays all zero."""
    return Affine(0.0, total(values, pixels=pixels) + eps)


def total(*factors: Values, pixels: Values | None = None) -> float:
    """Sum over all pixels of the product of `factors`, in float64.

    On one thread, so that a score never depends on the number of cores: BLAS divides a sum among them, and then
    rounds another way.
    """
    terms = factors if pixels is None else (*factors, pixels)
    flat = [term.reshape(-1) for term in terms]
    return float(np.einsum(",".join("i" * len(flat)) + "->", *flat, dtype=np.float64))
