"""How well one group's maps, shifted in time, agree with where another group looked.

Three measures of a map M from hands and the places of eyes, each averaged over instants:
CC, Pearson's correlation of M with the eyes' own map; NSS, M standardised, read at the eyes' places; AUC, the share
of cells that lie below M at the eyes' places, equals counted half.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.coarse import CoarseGrid, Floats, Maps, ObserverMaps, Positions, areas, standardised

MEASURES = ("cc", "nss", "auc")


@dataclass(frozen=True)
class Timing:
    """Which hand instants meet which eye instants.

    instants: int64 (F,), column numbers in the hands' positions that belong to the eyes' columns 0 to F - 1 at the
    first shift; lags: how many shifts of one column each follow.
    """

    instants: NDArray[np.int64]
    lags: int


class LagSweep:
    """One clip's hands and eyes with one sigma each, ready for any weights of the observers.

    hands: columns for every shift of every instant (see `Timing`); eyes: one column an instant. Positions in px
    of a clip of `size` = (width, height).
    """

    def __init__(
        self,
        hands: Positions,
        eyes: Positions,
        *,
        size: tuple[int, int],
        sigma_px: float,
        eye_sigma_px: float,
        timing: Timing,
    ) -> None:
        self._grid = CoarseGrid.fitting(*size, min(sigma_px, eye_sigma_px))
        self._hands = ObserverMaps(hands, self._grid, sigma_px)
        self._eyes = ObserverMaps(eyes, self._grid, eye_sigma_px)
        self._places = ObserverMaps(eyes, self._grid, None)
        self._timing = timing

    def curves(self, hand_weights: Floats, eye_weights: Floats) -> Floats:
        """The measures at each shift, float64 (3, lags) in the order of `MEASURES`; NaN where nobody meets."""
        instants, lags = self._timing.instants, self._timing.lags
        looked = self._eyes.anybody(eye_weights)
        pointed = self._hands.anybody(hand_weights)
        made = self._hands.made_of(hand_weights)
        hand_maps, hand_areas = standardised(made), areas(made)
        eye_maps = standardised(self._eyes.made_of(eye_weights)) / np.float32(self._grid.cells)
        places = _shares(self._places.made_of(eye_weights))
        against = np.stack([eye_maps, places], axis=2)
        total, met = np.zeros((lags, len(MEASURES))), np.zeros(lags)
        for eye in np.flatnonzero(looked):
            # The maps of all shifts of one instant lie behind one another: no copies, one product.
            shifted = slice(instants[eye], instants[eye] + lags)
            here = pointed[shifted]
            total[:, :2] += (hand_maps[shifted] @ against[eye]) * here[:, None]
            total[:, 2] += (hand_areas[shifted] @ places[eye]) * here
            met += here
        with np.errstate(invalid="ignore"):
            return (total / met[:, None]).T


def met_at_every_lag(hands: Positions, eyes: Positions, timing: Timing) -> NDArray[np.bool_]:
    """At which instants somebody pointed at every shift and somebody looked, bool (F,).

    Curves over other instants at every shift would compare other parts of the clip, not other lags.
    """
    pointed = np.asarray(hands.present.any(axis=0))
    met = np.asarray(eyes.present.any(axis=0))
    for lag in range(timing.lags):
        met &= pointed[timing.instants + lag]
    return met


def _shares(places: Maps) -> Maps:
    """Each instant's places divided by their number, which is less where cells reach over the border."""
    total = places.sum(axis=1, keepdims=True)
    return np.divide(places, np.where(total > 0, total, 1), dtype=np.float32)
