"""Agreement between groups of observers of one clip: by observers, never by points.

Points of one hand follow one another, so halves of the points would agree however few observers there were.
Agreement is Pearson's correlation (CC) between the maps of two groups that share nobody, averaged over instants.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.coarse import CoarseGrid, Floats, Positions, profiles

_PAIRS_AT_A_TIME = 64


@dataclass(frozen=True)
class MapCovariances:
    """of: float64 (K, N, N), the covariance over cells of the maps of two observers, at each instant.

    The map of any group is the sum of its members' maps, so that these tell the CC of any two groups. An observer
    who has no place at an instant has a map of zeros there.
    """

    observers: tuple[str, ...]
    of: Floats

    @classmethod
    def at(cls, positions: Positions, *, size: tuple[int, int], sigma_px: float) -> "MapCovariances":
        """For a clip of `size` = (width, height) px. Instants at which fewer than two have a place are left out."""
        grid = CoarseGrid.fitting(*size, sigma_px)
        instants = np.flatnonzero(positions.present.sum(axis=0) >= 2)
        seen = positions.at(instants)
        columns = profiles(seen.x_px.T, grid.width, grid.columns, sigma_px).astype(np.float64)
        rows = profiles(seen.y_px.T, grid.height, grid.rows, sigma_px).astype(np.float64)
        # Gaussians are separable: the product of two maps is the product of the products of their profiles.
        products = (columns @ columns.transpose(0, 2, 1)) * (rows @ rows.transpose(0, 2, 1)) / grid.cells
        means = columns.sum(axis=2) * rows.sum(axis=2) / grid.cells
        return cls(positions.observers, products - means[:, :, None] * means[:, None, :])

    def agreement(self, one: Floats, other: Floats) -> Floats:
        """CC between pairs of weighted groups, float64 (P,); one, other: weights (P, N). NaN where never both."""
        found = np.empty(len(one))
        for start in range(0, len(one), _PAIRS_AT_A_TIME):
            pairs = slice(start, start + _PAIRS_AT_A_TIME)
            found[pairs] = self._agreement(one[pairs], other[pairs])
        return found

    def _agreement(self, one: Floats, other: Floats) -> Floats:
        towards_one = one @ self.of  # (K, P, N)
        shared = np.einsum("kpn,pn->kp", towards_one, other)
        own_one = np.einsum("kpn,pn->kp", towards_one, one)
        own_other = np.einsum("kpn,pn->kp", other @ self.of, other)
        both = (own_one > 0) & (own_other > 0)
        cc = np.divide(
            shared,
            np.sqrt(own_one * own_other, where=both, out=np.ones_like(shared)),
            where=both,
            out=np.zeros_like(shared),
        )
        count = both.sum(axis=0)
        return np.where(count > 0, cc.sum(axis=0) / np.maximum(count, 1), np.nan)


def leave_one_out(covariances: MapCovariances) -> Floats:
    """CC between each observer and all others together, float64 (N,)."""
    alone = np.eye(len(covariances.observers))
    return covariances.agreement(alone, 1 - alone)


@dataclass(frozen=True)
class Groups:
    """Pairs of groups without common members: weights float64 (P, N) each; size: persons in a group, int64 (P,)."""

    one: Floats
    other: Floats
    size: NDArray[np.int64]

    @property
    def effective(self) -> Floats:
        """Kish's effective size of the groups, (sum w)^2 / sum w^2, the geometric mean of both, float64 (P,).

        Where a bootstrap counts some observers twice, so many equal ones would average as well.
        """
        sizes = [group.sum(axis=1) ** 2 / (group**2).sum(axis=1) for group in (self.one, self.other)]
        return np.sqrt(sizes[0] * sizes[1])


def random_groups(weights: Floats, sizes: Sequence[int], each: int, rng: np.random.Generator) -> Groups:
    """Pairs of random groups of each size, `each` of them a size, among those whose weight is not 0.

    weights: float64 (N,). A person is in one group of a pair at most, with all of the weight.
    """
    persons = np.flatnonzero(weights)
    pairs = len(sizes) * each
    one, other = np.zeros((pairs, len(weights))), np.zeros((pairs, len(weights)))
    repeated = np.repeat(np.asarray(sizes, np.int64), each)
    for pair, size in enumerate(repeated.tolist()):
        chosen = rng.permutation(persons)[: 2 * size]
        one[pair, chosen[:size]] = weights[chosen[:size]]
        other[pair, chosen[size:]] = weights[chosen[size:]]
    return Groups(one, other, repeated)


def group_sizes(persons: int) -> list[int]:
    """Sizes from 1 to half of the persons, about evenly spaced as ratios."""
    return np.unique(np.rint(np.geomspace(1, max(persons // 2, 1), 8)).astype(int)).tolist()
