"""Agreement against the number of observers: two laws, their inverse, and the ceiling that follows."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import curve_fit

from processing.coarse import Floats

MOST_OBSERVERS_LOG = math.log(1e9)


def ceiling(split_half: float) -> float:
    """sqrt(2r / (1 + r)): the CC of a perfect model with the map of all observers, from that of their halves.

    2r / (1 + r) is the reliability of twice the observers (Spearman, Brown, both British Journal of Psychology 3,
    1910); its root is the correlation of their map with the one of endlessly many. 0 for r <= 0.
    """
    return math.sqrt(2 * split_half / (1 + split_half)) if split_half > 0 else 0.0


@dataclass(frozen=True)
class SpearmanBrown:
    """r(n) = n r1 / (1 + (n - 1) r1), between two groups of n; r1: agreement of two single observers."""

    r1: float

    @classmethod
    def fitted(cls, sizes: Floats, agreement: Floats) -> "SpearmanBrown":
        """By least squares; sizes, agreement: float64 (P,)."""
        (r1,), _ = curve_fit(
            _spearman_brown, sizes, agreement, p0=[0.3], bounds=(1e-6, 1 - 1e-6), max_nfev=2000
        )
        return cls(float(r1))

    @classmethod
    def through(cls, size: float, agreement: float) -> "SpearmanBrown":
        """The law on which groups of one size agree so well."""
        return cls(float(np.clip(agreement / (size - (size - 1) * agreement), 1e-6, 1 - 1e-6)))

    def at(self, sizes: Floats) -> Floats:
        """Agreement of groups of each size, float64 (P,)."""
        return _spearman_brown(sizes, self.r1)

    def needed(self, agreement: float) -> float:
        """The number of observers in a group at which two groups agree so well, float; 0 < agreement < 1."""
        return agreement * (1 - self.r1) / (self.r1 * (1 - agreement))


@dataclass(frozen=True)
class PowerLaw:
    """r(n) = a n^b + c with a, b < 0: three parameters, so that agreement may end below 1, at c."""

    a: float
    b: float
    c: float

    @classmethod
    def fitted(cls, sizes: Floats, agreement: Floats) -> "PowerLaw | None":
        """By least squares within a in [-2, 0], b in [-3, 0], c in [0, 1]; None with fewer than four sizes, or where
        the search does not settle."""
        if len(np.unique(sizes)) < 4:
            return None
        top = float(np.clip(agreement.max() + 0.05, 0.01, 0.99))
        start = [min(-0.01, float(agreement.min()) - top), -0.5, top]
        try:
            (a, b, c), _ = curve_fit(
                _power_law, sizes, agreement, p0=start, bounds=([-2, -3, 0], [0, 0, 1]), max_nfev=2000
            )
        except RuntimeError:  # SciPy's word for a search that does not settle
            return None
        return cls(float(a), float(b), float(c))

    def at(self, sizes: Floats) -> Floats:
        """Agreement of groups of each size, float64 (P,)."""
        return _power_law(sizes, self.a, self.b, self.c)

    def needed(self, agreement: float) -> float:
        """As `SpearmanBrown.needed`; infinite where agreement never gets there, or only by numbers past counting."""
        if agreement >= self.c:
            return math.inf
        if self.a == 0 or self.b == 0:
            return 1.0
        # By logarithms, since a nearly flat law asks for more observers than a float can say.
        exponent = math.log((agreement - self.c) / self.a) / self.b
        return math.exp(exponent) if exponent < MOST_OBSERVERS_LOG else math.inf


def _spearman_brown(n: Floats, r1: float) -> Floats:
    return n * r1 / (1 + (n - 1) * r1)


def _power_law(n: Floats, a: float, b: float, c: float) -> Floats:
    return np.asarray(a * np.power(n, b) + c)
