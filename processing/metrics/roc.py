"""Areas under ROC curves: how well a map's values tell fixated places from others.

The map classifies: a pixel is called fixated when its value is not below a threshold. The definitions in use differ
in their thresholds, in what counts as a negative, and in what becomes of ties; each has a function of its own.
Maps are float (H, W); points are int64 (N, 2) as (row, col), inside the map, repeated points kept.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.metrics.normalise import Values
from processing.metrics.points import Points, at

BORJI_SPLITS = 100
BORJI_STEP = 0.1


class Ranked(NamedTuple):
    """A map's different values, ascending (L,), and how many pixels have each, (L,). The values may repeat."""

    values: NDArray[np.floating]
    pixels: NDArray[np.integer]

    @classmethod
    def of(cls, frame: Values) -> "Ranked":
        """The pixels of a whole map."""
        return cls(np.sort(frame, axis=None), np.ones(frame.size, np.int64))

    def not_below(self, thresholds: Values) -> NDArray[np.int64]:
        """How many pixels have at least each threshold's value, (N,)."""
        reaching = np.concatenate([self.pixels[::-1].cumsum()[::-1], [0]])
        return reaching[np.searchsorted(self.values, thresholds, side="left")]


def auc_judd(prediction: Values, points: Points) -> float:
    """AUC-Judd (Judd, Durand and Torralba 2012).

    Thresholds are the different values at the points. Positives are the points, each time they are given; negatives
    are all pixels without a point. (0, 0) and (1, 1) close the curve, trapezoids measure it. Raises BadInput when
    every pixel has a point.
    """
    fixated = np.unique(points, axis=0)
    return judd_area(Ranked.of(prediction), at(prediction, points), at(prediction, fixated))


def judd_area(ranked: Ranked, at_points: Values, at_fixated: Values) -> float:
    """`auc_judd` from the values at the N points and at the U different places among them."""
    negatives = _negatives(ranked, at_fixated)
    thresholds = np.unique(at_points)[::-1]
    hits = _not_below(at_points, thresholds) / at_points.size
    alarms = (ranked.not_below(thresholds) - _not_below(at_fixated, thresholds)) / negatives
    return area(alarms, hits)


def auc_midrank(ranked: Ranked, at_points: Values, at_fixated: Values) -> float:
    """The probability that a point's value beats that of a random pixel without a point, ties counting half.

    The area under the whole ROC curve, with every value of the map a threshold: the Mann-Whitney statistic (Hanley
    and McNeil 1982). A constant map has 0.5. at_fixated: the values at the U different places that have points, which
    are no negatives. Raises BadInput when no negative is left.
    """
    negatives = _negatives(ranked, at_fixated)
    edges = np.unique(at_points)
    above = ranked.not_below(np.nextafter(edges, np.inf)) - _not_below(
        at_fixated, np.nextafter(edges, np.inf)
    )
    not_below = ranked.not_below(edges) - _not_below(at_fixated, edges)
    beaten = negatives - (above + not_below) / 2
    return float(beaten[np.searchsorted(edges, at_points)].mean() / negatives)


def auc_borji(
    prediction: Values,
    points: Points,
    *,
    rng: np.random.Generator,
    splits: int = BORJI_SPLITS,
    step: float = BORJI_STEP,
) -> float:
    """AUC-Borji (Borji, Tavakoli, Sihite and Itti 2013), for a map scaled to [0, 1].

    In each split as many negatives as points are drawn uniformly from all pixels, with repetition; thresholds are
    the multiples of `step`. The mean over the splits. `auc_midrank` without fixated places is what it tends to with
    more splits and finer steps.
    """
    drawn = rng.integers(0, prediction.size, (splits, len(points)))
    return _mean_split_area(at(prediction, points), prediction.ravel()[drawn], step)


def auc_shuffled(
    prediction: Values,
    points: Points,
    others: Points,
    *,
    rng: np.random.Generator,
    splits: int = BORJI_SPLITS,
    step: float = BORJI_STEP,
) -> float:
    """Shuffled AUC (Zhang et al. 2008): AUC-Borji with negatives drawn from the points of other clips.

    others: int64 (M, 2) as (row, col), M >= 1, inside this map. A map of nothing but the centre scores about 0.5.
    """
    drawn = rng.integers(0, len(others), (splits, len(points)))
    return _mean_split_area(at(prediction, points), at(prediction, others)[drawn], step)


def area(false_alarms: Values | Sequence[float], hits: Values | Sequence[float]) -> float:
    """The area under a curve of rising points, closed by (0, 0) and (1, 1), by trapezoids."""
    return float(np.trapezoid([0.0, *hits, 1.0], [0.0, *false_alarms, 1.0]))


def _mean_split_area(at_points: Values, negatives: Values, step: float) -> float:
    """Thresholds are 0, step, 2 step, ... up to the highest value seen; a curve for each row of negatives."""
    areas = []
    for row in negatives:
        thresholds = np.arange(0, max(at_points.max(), row.max()) + step / 2, step)[::-1]
        hits = _not_below(at_points, thresholds) / at_points.size
        areas.append(area(_not_below(row, thresholds) / row.size, hits))
    return float(np.mean(areas))


def _not_below(values: Values, thresholds: Values) -> NDArray[np.int64]:
    return values.size - np.searchsorted(np.sort(values), thresholds, side="left")


def _negatives(ranked: Ranked, at_fixated: Values) -> int:
    count = int(ranked.pixels.sum()) - at_fixated.size
    if count <= 0:
        raise BadInput("every pixel of the map has a fixation point: there is nothing to tell them from")
    return count
