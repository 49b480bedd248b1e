"""The four published saliency metrics of one frame, as the AIM24 and NTIRE26 scorer defines them.

Maps are float64 ``(H, W)``, origin top left. Points are int64 ``(N, 2)`` in (row, col), the order in which
``fixations.json`` holds them; N >= 1 and every point inside the map. Each metric takes
``(prediction, truth)``, where truth is a map (`cc`, `sim`) or points (`nss`, `auc_judd`).

The scorer normalises both maps by `minmax` before it resizes the prediction and before any metric; the
metrics below do the rest of the normalising themselves.
"""

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput

Map = NDArray[np.float64]
Points = NDArray[np.int64]

# The published scorer guards min-max by the float32 machine epsilon and everything else by 1e-7.
MINMAX_EPS = float(np.finfo(np.float32).eps)
SCORER_EPS = 1e-7

METRICS = ("auc_judd", "cc", "sim", "nss")


def minmax(frame: NDArray[np.number]) -> Map:
    """Scale a map to [0, 1]: ``(v - min) / (max - min + eps)``. A constant map becomes all 0."""
    values = np.asarray(frame, dtype=np.float64)
    low = values.min()
    return (values - low) / (values.max() - low + MINMAX_EPS)


def cc(prediction: Map, truth: Map) -> float:
    """Pearson's linear correlation, both maps z-scored with ``deviation + 1e-7``.

    ``sum(a*b) / sqrt(sum(a*a) * sum(b*b) + 1e-7)``; 0 when one of the maps is constant.
    """
    a = _centred(prediction)
    b = _centred(truth)
    sum_aa, sum_ab, sum_bb = _dot(a, a), _dot(a, b), _dot(b, b)
    # z-scoring divides by a constant, so the sums are divided instead of two million pixels.
    scale_a = np.sqrt(sum_aa / a.size) + SCORER_EPS
    scale_b = np.sqrt(sum_bb / b.size) + SCORER_EPS
    norm = (sum_aa / scale_a**2) * (sum_bb / scale_b**2) + SCORER_EPS
    return float(sum_ab / (scale_a * scale_b) / np.sqrt(norm))


def sim(prediction: Map, truth: Map) -> float:
    """Histogram intersection: the sum of pixelwise minima of both maps, each divided by ``sum + 1e-7``."""
    return float(np.minimum(as_distribution(prediction), as_distribution(truth)).sum())


def nss(prediction: Map, points: Points) -> float:
    """Normalised scanpath saliency: the mean over the points of ``(v - mean) / (deviation + 1e-7)``.

    A point given twice counts twice.
    """
    deviation = prediction.std() + SCORER_EPS
    return float((prediction[points[:, 0], points[:, 1]].mean() - prediction.mean()) / deviation)


def auc_judd(prediction: Map, points: Points) -> float:
    """Area under the ROC curve after Judd, with the published scorer's own count of negatives.

    Thresholds are the prediction's values at the N points, highest first. At the i-th, ``tp = i / N`` and
    ``fp = (count(prediction >= threshold) - i) / (H * W - U)``; (0, 0) and (1, 1) close the curve, trapezoids
    measure it. U is meant to count distinct fixations, but the published code counts distinct *columns* of
    the (N, 2) array: 1 when every row equals its column, else 2. Equal values get no mid-rank: a flat map
    scores about 0, not 0.5. Both are kept so that the numbers agree with the published boards.

    Raises BadInput when the map has no more than U pixels.
    """
    at_points = prediction[points[:, 0], points[:, 1]]
    # Only pixels at or above the lowest threshold can count, and a fair prediction has few of those; sorting
    # them once replaces one pass over the frame for every point.
    candidates = np.sort(prediction[prediction >= at_points.min()])
    at_or_above = candidates.size - np.searchsorted(candidates, at_points, side="left")
    return judd_area(at_or_above, prediction.size - distinct_columns(points))


def judd_area(at_or_above: NDArray[np.integer], negatives: int) -> float:
    """`auc_judd` from counts: for each of the N points, in any order, the pixels not below its value."""
    if negatives <= 0:
        raise BadInput("a map of one or two pixels is too small to be scored")
    count = len(at_or_above)
    hits = np.arange(1, count + 1)
    rates = np.zeros((2, count + 2))
    rates[:, -1] = 1.0
    rates[0, 1:-1] = (np.sort(at_or_above) - hits) / negatives  # highest values first: fewest pixels first
    rates[1, 1:-1] = hits / count
    return float(np.trapezoid(rates[1], rates[0]))


def as_distribution(frame: Map) -> Map:
    """The map divided by ``sum + 1e-7``; an all-zero map stays all zero."""
    return frame / (frame.sum() + SCORER_EPS)


def distinct_columns(points: Points) -> int:
    """How many distinct columns the (N, 2) array of points has: the published scorer's U, 1 or 2."""
    return 1 if np.array_equal(points[:, 0], points[:, 1]) else 2


def _centred(frame: Map) -> Map:
    return (frame - frame.mean()).ravel()


def _dot(a: Map, b: Map) -> float:
    """Sum of products on one thread, so that a score never depends on the number of cores (BLAS's would)."""
    return float(np.einsum("i,i->", a, b))
