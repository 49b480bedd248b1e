"""Small maps of many observers: where each was at each instant, and Gaussians on those places on a coarse grid.

Questions about agreement ask for thousands of maps, and maps of smooth Gaussians lose nothing that matters when
a cell is about as wide as a deviation. Agreement here is therefore close to what `cursal evaluate` finds between
full-size videos of the same recordings, and not equal to it.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.detection import FixationRule, attended
from processing.resample import FrameGrid, resample
from processing.tracks import Track

Floats = NDArray[np.float64]
Maps = NDArray[np.float32]

_FEWEST_COLUMNS, _MOST_COLUMNS = 32, 96
_INSTANTS_AT_A_TIME = 256
_AREA_STEPS = 512


@dataclass(frozen=True)
class Positions:
    """Where observers were at evenly spaced instants. x_px, y_px: float64 (N, K), NaN where that is not known."""

    observers: tuple[str, ...]
    x_px: Floats
    y_px: Floats

    @property
    def present(self) -> NDArray[np.bool_]:
        """Who has a place when, bool (N, K)."""
        return np.isfinite(self.x_px)

    def at(self, instants: slice | NDArray[np.int64]) -> "Positions":
        """The same observers at some of the instants."""
        return dataclasses.replace(self, x_px=self.x_px[:, instants], y_px=self.y_px[:, instants])


def positions_of(
    tracks: Sequence[Track],
    *,
    start_k: int,
    end_k: int,
    width: int,
    height: int,
    rule: FixationRule,
    crop_k: int | None = None,
    longest_gap_us: int | None = None,
) -> Positions:
    """Observers, sorted by name, at the instants k / rule.rate_hz s of their own time, start_k <= k < end_k.

    Positions outside the picture of width x height px, samples before crop_k, those that the rule leaves out and,
    where longest_gap_us is given, those between two samples further apart than that have no place.
    """
    ordered = sorted(tracks, key=lambda track: track.observer)
    grid = FrameGrid(
        rule.rate_hz, np.arange(start_k, end_k + 1, dtype=np.int64), start_k if crop_k is None else crop_k
    )
    x_px = np.full((len(ordered), end_k - start_k), np.nan)
    y_px = x_px.copy()
    for row, track in enumerate(ordered):
        own = attended(resample(track, grid), rule).samples
        inside = (own.x_px >= 0) & (own.x_px < width) & (own.y_px >= 0) & (own.y_px < height)
        if longest_gap_us is not None:
            inside &= ~_in_gaps(track, own.frame + start_k, rule.rate_hz, longest_gap_us)
        x_px[row, own.frame[inside]] = own.x_px[inside]
        y_px[row, own.frame[inside]] = own.y_px[inside]
    return Positions(tuple(track.observer for track in ordered), x_px, y_px)


@dataclass(frozen=True)
class CoarseGrid:
    """Cells over a picture of width x height px; positions in px, cells in rows and columns."""

    width: int
    height: int
    columns: int
    rows: int

    @classmethod
    def fitting(cls, width: int, height: int, sigma_px: float) -> "CoarseGrid":
        """Square cells about one sigma wide, within what is quick and what is still a picture."""
        longer = max(width, height)
        most = int(np.clip(np.ceil(longer / sigma_px), _FEWEST_COLUMNS, _MOST_COLUMNS))
        return cls(width, height, max(2, round(most * width / longer)), max(2, round(most * height / longer)))

    @property
    def cells(self) -> int:
        """How many there are."""
        return self.columns * self.rows


class ObserverMaps:
    """Maps of weighted observers at every instant, made again and again with other weights.

    sigma_px: of the Gaussians, or None for shares instead: each observer's weight is divided among the four
    cells around the place, so that a product with a map reads the map there.
    """

    def __init__(self, positions: Positions, grid: CoarseGrid, sigma_px: float | None) -> None:
        self.grid = grid
        self.present = positions.present.T
        self._columns = profiles(positions.x_px.T, grid.width, grid.columns, sigma_px)
        self._rows = profiles(positions.y_px.T, grid.height, grid.rows, sigma_px)

    def made_of(self, weights: Floats) -> Maps:
        """The weighted sum of the observers, float32 (K, cells); weights: (N,), 0 leaves an observer out."""
        used = np.flatnonzero(weights)
        scale = weights[used].astype(np.float32)[:, None]
        made = np.empty((len(self.present), self.grid.cells), np.float32)
        for start in range(0, len(made), _INSTANTS_AT_A_TIME):
            some = slice(start, start + _INSTANTS_AT_A_TIME)
            rows = (self._rows[some][:, used] * scale).transpose(0, 2, 1)
            made[some] = np.matmul(rows, self._columns[some][:, used]).reshape(-1, self.grid.cells)
        return made

    def anybody(self, weights: Floats) -> NDArray[np.bool_]:
        """At which instants somebody of weight has a place, bool (K,)."""
        return np.asarray(self.present[:, weights > 0].any(axis=1))


def standardised(maps: Maps) -> Maps:
    """Each map less its mean, over its deviation, float32 (K, cells); a constant map becomes all 0."""
    centred = maps - maps.mean(axis=1, keepdims=True)
    deviation = np.sqrt(np.einsum("kc,kc->k", centred, centred) / maps.shape[1])
    centred /= np.where(deviation > 0, deviation, 1)[:, None]
    return centred


def areas(maps: Maps) -> Maps:
    """For each cell the share of cells below its value, equals counted half: float32 (K, cells).

    That is the area under the ROC curve of one point in that cell against all cells. Values count as equal within
    one of 512 steps of their fourth root, which keeps the far tails of Gaussians apart and needs no sorting.
    """
    instants, cells = maps.shape
    tops = maps.max(axis=1, keepdims=True)
    levels = (np.sqrt(np.sqrt(maps / np.where(tops > 0, tops, 1))) * (_AREA_STEPS - 1)).astype(np.intp)
    levels += (np.arange(instants) * _AREA_STEPS)[:, None]
    equal = np.bincount(levels.ravel(), minlength=instants * _AREA_STEPS).reshape(instants, _AREA_STEPS)
    middle = (equal.cumsum(axis=1) - equal / 2) / cells
    return middle.astype(np.float32).ravel()[levels]


def profiles(places_px: Floats, length: int, cells: int, sigma_px: float | None) -> Maps:
    """What each place gives to each cell along one axis, float32 places_px.shape + (cells,); nothing for NaN."""
    cell_px = length / cells
    centres = (np.arange(cells) + 0.5) * cell_px
    made = np.empty((*places_px.shape, cells), np.float32)
    for number, places in enumerate(places_px):
        away = np.abs(places[:, None] - centres)
        gives = (
            np.maximum(1 - away / cell_px, 0) if sigma_px is None else np.exp(-0.5 * (away / sigma_px) ** 2)
        )
        made[number] = np.nan_to_num(gives, nan=0.0)
    return made


def _in_gaps(track: Track, k: NDArray[np.int64], rate_hz: int, longest_gap_us: int) -> NDArray[np.bool_]:
    """Which grid samples lie strictly between two samples that are too far apart."""
    times = k * 1_000_000
    known = track.t_us * rate_hz
    after = np.clip(np.searchsorted(known, times, side="left"), 1, max(len(known) - 1, 1))
    if len(known) < 2:
        return np.zeros(len(k), bool)
    apart = known[after] - known[after - 1] > longest_gap_us * rate_hz
    return apart & (times > known[after - 1]) & (times < known[after])
