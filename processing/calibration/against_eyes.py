"""Curves of agreement between hands and eyes that saw the same clip, over lag and over sigma."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from processing.bootstrap import bootstrap_counts
from processing.calibration.search import Search
from processing.calibration.sweep import MEASURES, LagSweep, Timing, met_at_every_lag
from processing.coarse import Floats, Positions, positions_of
from processing.detection import FixationRule
from processing.errors import BadInput
from processing.recipe import Recipe
from processing.recordings import Recordings
from processing.resample import first_uncropped_k
from processing.tracks import LONGEST_GAP_US

_INSTANT_MS = 40  # a frame of the slowest usual video
_MOST_INSTANTS = 500
_SIGMA_INSTANTS = 150
_FEWEST_INSTANTS = 10
_FOLDS = 5
_WORKERS = 2


@dataclass(frozen=True)
class Replicated:
    """A curve and its bootstrap replicates: float64 (3, P) and (B, 3, P), measures in the order of `MEASURES`."""

    curve: Floats
    replicates: Floats


@dataclass(frozen=True)
class ClipCurves:
    """What one clip says.

    surface: float64 (S, 3, L) over sigma and lag. by_lag: at the recipe's sigma. by_sigma: at the reference lag.
    held_out: as by_lag, of hands against other people's eyes; None where nobody is among both. instants: how many
    were compared.
    """

    surface: Floats
    by_lag: Replicated
    by_sigma: Replicated
    held_out: Replicated | None
    instants: int


class HandsAndEyes:
    """One clip's hands and eyes in time. People are told apart by name, among hands and eyes alike.

    Eyes keep lag 0 and the recipe's sigma throughout; the recipe's crop, fixation kind and transit filter are
    obeyed for the hands. Raises BadInput when the two meet too rarely.
    """

    def __init__(self, clip: Recordings, recipe: Recipe, search: Search) -> None:
        self.clip, self.search = clip, search
        self.size = (clip.width, clip.height)
        self.sigma_px = recipe.sigma_for(*self.size)
        lags = len(search.lags_ms)
        end_k = max(int(clip.duration_s * search.rate_hz), 1)
        step = max(1, _INSTANT_MS // search.lag_step_ms, -(-end_k // _MOST_INSTANTS))
        instants = np.arange(0, end_k, step, dtype=np.int64)
        on_grid = recipe.model_copy(update={"rate_hz": search.rate_hz})
        hands = positions_of(
            clip.hands,
            start_k=0,
            end_k=end_k + lags,
            width=clip.width,
            height=clip.height,
            rule=FixationRule.of(on_grid, *self.size),
            crop_k=first_uncropped_k(recipe, search.rate_hz),
        )
        eyes = positions_of(
            clip.eyes,
            start_k=0,
            end_k=end_k,
            width=clip.width,
            height=clip.height,
            rule=FixationRule("all", search.rate_hz),
            longest_gap_us=LONGEST_GAP_US,
        ).at(instants)
        met = met_at_every_lag(hands, eyes, Timing(instants, lags))
        if met.sum() < _FEWEST_INSTANTS:
            together_ms = int(met.sum()) * step * search.lag_step_ms
            raise BadInput(
                f"{clip.name}: hands at every lag up to {search.lag_max_ms} ms and eyes are together for "
                f"{together_ms} ms of the clip only; record longer or try fewer lags"
            )
        self.hands, self.eyes, self.instants = hands, eyes.at(np.flatnonzero(met)), instants[met]

    @property
    def shared(self) -> list[str]:
        """Who is among the hands and among the eyes."""
        return sorted({*self.hands.observers} & {*self.eyes.observers})

    def over_lags(self) -> Floats:
        """Every measure at every lag at the recipe's sigma, float64 (3, L)."""
        return self._over_lags(self.sigma_px).curves(*self._all())

    def surface(self) -> Floats:
        """Every measure at every sigma and lag, float64 (S, 3, L)."""
        return np.stack(
            [self._over_lags(share * max(self.size)).curves(*self._all()) for share in self._shares]
        )

    def curves(self, reference_lag: int) -> ClipCurves:
        """All curves, with replicates; reference_lag: the number of the lag at which sigmas are compared."""
        over_lags = self._over_lags(self.sigma_px)
        over_sigmas = self._over_sigmas(reference_lag)

        def by_sigma(hand: Floats, eye: Floats) -> Floats:
            return np.concatenate([sweep.curves(hand, eye) for sweep in over_sigmas], axis=1)

        def held_out(hand: Floats, eye: Floats) -> Floats:
            return self._held_out(over_lags, hand, eye)

        return ClipCurves(
            surface=self.surface(),
            by_lag=self._replicated(over_lags.curves),
            by_sigma=self._replicated(by_sigma),
            held_out=self._replicated(held_out) if self.shared else None,
            instants=len(self.instants),
        )

    @property
    def _shares(self) -> Sequence[float]:
        return self.search.sigma_shares

    def _all(self) -> tuple[Floats, Floats]:
        return np.ones(len(self.hands.observers)), np.ones(len(self.eyes.observers))

    def _over_lags(self, sigma_px: float) -> LagSweep:
        timing = Timing(self.instants, len(self.search.lags_ms))
        return LagSweep(
            self.hands,
            self.eyes,
            size=self.size,
            sigma_px=sigma_px,
            eye_sigma_px=self.sigma_px,
            timing=timing,
        )

    def _over_sigmas(self, lag: int) -> list[LagSweep]:
        """A sweep of one lag for every sigma, over a part of the instants."""
        some = np.unique(np.linspace(0, len(self.instants) - 1, _SIGMA_INSTANTS).astype(np.int64))
        hands, eyes = self.hands.at(self.instants[some] + lag), self.eyes.at(some)
        timing = Timing(np.arange(len(some)), 1)
        return [
            LagSweep(
                hands,
                eyes,
                size=self.size,
                sigma_px=share * max(self.size),
                eye_sigma_px=self.sigma_px,
                timing=timing,
            )
            for share in self._shares
        ]

    def _held_out(self, sweep: LagSweep, hand: Floats, eye: Floats) -> Floats:
        """The mean over folds of people: eyes of the fold against hands of everybody else."""
        curves = [
            sweep.curves(hand * ~_among(self.hands, fold), eye * _among(self.eyes, fold))
            for fold in self._folds()
        ]
        known = [curve for curve in curves if np.isfinite(curve).all()]
        return np.mean(known, axis=0) if known else np.full_like(curves[0], np.nan)

    def _folds(self) -> list[list[str]]:
        shared = self.shared
        viewers = shared + sorted({*self.eyes.observers} - {*shared})
        return [viewers[start::_FOLDS] for start in range(min(_FOLDS, len(viewers)))]

    def _replicated(self, curves: Callable[[Floats, Floats], Floats]) -> Replicated:
        replicates, seed = self.search.replicates, self.search.seed
        hands, eyes = (_drawn(people, replicates, seed) for people in (self.hands, self.eyes))
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(_WORKERS) as pool:
            first = pool.submit(curves, *self._all())
            others = list(pool.map(curves, hands, eyes))
        none = np.empty((0, len(MEASURES), first.result().shape[1]))
        return Replicated(first.result(), np.stack(others) if others else none)


def _drawn(people: Positions, replicates: int, seed: int) -> NDArray[np.float64]:
    """Weights of each replicate, float64 (B, N). One person alone says nothing about others and always counts."""
    if len(people.observers) == 1:
        return np.ones((replicates, 1))
    counts = [bootstrap_counts(name, replicates, seed) for name in people.observers]
    return np.stack(counts, axis=1).astype(np.float64)


def _among(people: Positions, names: Sequence[str]) -> NDArray[np.bool_]:
    return np.isin(people.observers, names)
