"""Where a curve is highest, between its points and in spite of its noise, and how sure that is."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.coarse import Floats

# The top tenth of a curve's height: wide enough to smooth over noise, narrow enough to be a parabola.
_TOP_SHARE = 0.1
LOW_PERCENTILE, HIGH_PERCENTILE = 2.5, 97.5
# Below this many replicates a percentile would be one of the extremes.
_FEWEST_REPLICATES = 20


@dataclass(frozen=True)
class Estimate:
    """A value and its bootstrap interval, None where there are too few observers to have one."""

    value: float
    low: float | None
    high: float | None

    def document(self, digits: int) -> dict[str, float | None]:
        """JSON-able, rounded to so many digits after the point."""
        return {
            name: None if number is None else round(number, digits) for name, number in vars(self).items()
        }


def highest(at: Floats, curve: Floats) -> float:
    """The place of a curve's peak: the vertex of the parabola through its top, float.

    at, curve: float64 (P,), `at` ascending. Of the points in one piece around the greatest that lie in the top
    tenth of the curve's height, and at least its neighbours, a parabola is fitted; its vertex is kept within
    those points. At either end of the curve, and where no parabola opens downwards, it is the greatest point.
    """
    peak = int(np.nanargmax(curve))
    if peak in (0, len(curve) - 1):
        return float(at[peak])
    enough = np.nan_to_num(curve, nan=-np.inf) >= curve[peak] - _TOP_SHARE * (curve[peak] - np.nanmin(curve))
    first, last = peak - 1, peak + 1
    while first > 0 and enough[first - 1]:
        first -= 1
    while last < len(curve) - 1 and enough[last + 1]:
        last += 1
    top = slice(first, last + 1)
    known = np.isfinite(curve[top])
    centre = at[peak]
    bend, slope, _ = (
        np.polyfit(at[top][known] - centre, curve[top][known], 2) if known.sum() > 2 else (0, 0, 0)
    )
    if bend >= 0:
        return float(centre)
    return float(np.clip(centre - slope / (2 * bend), at[first], at[last]))


def interval(replicates: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """The 95 % percentile interval of bootstrap values, float64 (B,); replicates that are NaN do not count."""
    known = replicates[np.isfinite(replicates)]
    if len(known) < _FEWEST_REPLICATES:
        return None, None
    low, high = np.percentile(known, [LOW_PERCENTILE, HIGH_PERCENTILE])
    return float(low), float(high)


def bootstrap_counts(observer: str, replicates: int, seed: int) -> NDArray[np.int64]:
    """How often an observer counts in each replicate, int64 (B,): Poisson of mean 1.

    Hanley and MacGibbon, "Creating non-parametric bootstrap samples using Poisson frequencies" (Computer Methods
    and Programs in Biomedicine 83, 2006). The name and the seed decide: whatever else is in the set, an observer
    who saw several clips counts the same in all of them.
    """
    key = np.frombuffer(hashlib.sha256(observer.encode()).digest(), np.uint32)
    return np.random.default_rng([seed, *key.tolist()]).poisson(1.0, replicates)
