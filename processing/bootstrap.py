"""How sure a number is that was found from observers: the bootstrap over observers."""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        """JSON-able, rounded to so many digits after the point; what is endless is None."""
        return {
            name: None if number is None or not math.isfinite(number) else round(number, digits)
            for name, number in vars(self).items()
        }


def interval(replicates: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """The 95 % percentile interval of bootstrap values, float64 (B,); replicates that are NaN do not count."""
    known = replicates[~np.isnan(replicates)]
    if len(known) < _FEWEST_REPLICATES:
        return None, None
    low, high = np.percentile(known, [LOW_PERCENTILE, HIGH_PERCENTILE], method="nearest")
    return float(low), float(high)


def bootstrap_counts(observer: str, replicates: int, seed: int) -> NDArray[np.int64]:
    """How often an observer counts in each replicate, int64 (B,): Poisson of mean 1.

    Hanley and MacGibbon, "Creating non-parametric bootstrap samples using Poisson frequencies" (Computer Methods
    and Programs in Biomedicine 83, 2006). The name and the seed decide: whatever else is in the set, an observer
    who saw several clips counts the same in all of them.
    """
    key = np.frombuffer(hashlib.sha256(observer.encode()).digest(), np.uint32)
    return np.random.default_rng([seed, *key.tolist()]).poisson(1.0, replicates)
