"""Metrics that compare a map with fixation points.

Maps are float (H, W), origin top left; points are int64 (N, 2) as (row, col), the order of ``fixations.json``,
N >= 1, every point inside the map. A point given twice counts twice. Neither is scaled here.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.metrics.maps import LOG_EPS
from processing.metrics.normalise import Values

Points = NDArray[np.int64]


def at(frame: NDArray[Any], points: Points) -> NDArray[Any]:
    """The map's values at the points, (N,)."""
    return frame[points[:, 0], points[:, 1]]


def nss(prediction: Values, points: Points) -> float:
    """Normalised scanpath saliency: the mean over the points of a z-scored map (Peters et al. 2005). 0 is chance."""
    return nss_of_values(at(prediction, points))


def nss_of_values(at_points: Values) -> float:
    """`nss` from the z-scored map's values at the points."""
    return float(at_points.mean())


def information_gain(prediction: Values, points: Points, baseline: Values, *, eps: float = LOG_EPS) -> float:
    """Information gain over a baseline, two distributions (H, W), in bits a fixation; 0 is the baseline itself.

    The mean over the points of ``log2(eps + p) - log2(eps + b)`` (Kümmerer, Wallis and Bethge 2015).
    """
    return information_gain_of_values(at(prediction, points), at(baseline, points), eps=eps)


def information_gain_of_values(prediction: Values, baseline: Values, *, eps: float = LOG_EPS) -> float:
    """`information_gain` from both distributions' values at the points."""
    return float(np.mean(np.log2(eps + prediction) - np.log2(eps + baseline)))
