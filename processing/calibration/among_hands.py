"""What hands alone can tell: how wide a point of attention is, and whose hand is later than the others'.

One half of the observers is compared with the other half. A lag that all hands share shifts both halves alike and
cannot be seen; only eyes or a target that is known show it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from processing.bootstrap import bootstrap_counts
from processing.calibration.against_eyes import Replicated
from processing.calibration.optimum import highest
from processing.calibration.search import Search
from processing.calibration.sweep import MEASURES, LagSweep, Timing, met_at_every_lag
from processing.coarse import Floats, positions_of
from processing.detection import FixationRule
from processing.errors import BadInput
from processing.recipe import Recipe
from processing.recordings import Recordings
from processing.resample import first_uncropped_k

FEWEST_OBSERVERS = 4
_INSTANT_MS = 80
_MOST_INSTANTS = 150
_SPLITS = 20
_WORKERS = 2


@dataclass(frozen=True)
class HalvesCurves:
    """by_shift: one half shifted against the other, at the recipe's sigma; its peak is near 0 by construction, its
    width says how sharply hands tell time. by_sigma: at no shift. own_shift_ms: observer → how much later the
    hand is than all others'; instants: how many were compared."""

    shifts_ms: Floats
    by_shift: Replicated
    by_sigma: Replicated
    own_shift_ms: dict[str, float]
    instants: int


def halves(clip: Recordings, recipe: Recipe, search: Search) -> HalvesCurves:
    """Compare random halves of a clip's hands; its eyes are not looked at.

    Raises BadInput for fewer than four observers and where they are hardly ever together.
    """
    if len(clip.hands) < FEWEST_OBSERVERS:
        raise BadInput(
            f"{clip.name}: halves of {len(clip.hands)} observers say nothing; record {FEWEST_OBSERVERS} or more"
        )
    shown = (clip.width, clip.height)
    reach = search.lag_max_ms // search.lag_step_ms // 2
    end_k = max(int(clip.duration_s * search.rate_hz), 1)
    step = max(1, _INSTANT_MS // search.lag_step_ms, -(-end_k // _MOST_INSTANTS))
    hands = positions_of(
        clip.hands,
        start_k=-reach,
        end_k=end_k + reach + 1,
        width=clip.width,
        height=clip.height,
        rule=FixationRule.of(recipe.model_copy(update={"rate_hz": search.rate_hz}), *shown),
        crop_k=first_uncropped_k(recipe, search.rate_hz),
    )
    instants = np.arange(0, end_k, step, dtype=np.int64)
    there = hands.at(instants + reach)
    shifts = Timing(instants, 2 * reach + 1)
    met = np.flatnonzero(met_at_every_lag(hands, there, shifts))
    if not len(met):
        raise BadInput(f"{clip.name}: at no time is any hand known at every shift; record longer")
    there, shifts = there.at(met), Timing(instants[met], shifts.lags)
    now = Timing(np.arange(len(met)), 1)
    sigma_px = recipe.sigma_for(*shown)

    shifted = LagSweep(hands, there, size=shown, sigma_px=sigma_px, eye_sigma_px=sigma_px, timing=shifts)
    sigmas = [share * max(shown) for share in search.sigma_shares]
    widened = [
        LagSweep(there, there, size=shown, sigma_px=sigma, eye_sigma_px=sigma, timing=now) for sigma in sigmas
    ]
    shifts_ms = np.arange(-reach, reach + 1, dtype=np.float64) * search.lag_step_ms
    alone = np.eye(len(hands.observers))
    try:
        by_shift = _replicated(shifted.curves, hands.observers, search)
        by_sigma = _replicated(
            lambda one, other: np.concatenate([sweep.curves(one, other) for sweep in widened], axis=1),
            hands.observers,
            search,
        )
    except BadInput as error:
        raise BadInput(f"{clip.name}: {error}") from error
    return HalvesCurves(
        shifts_ms=shifts_ms,
        by_shift=by_shift,
        by_sigma=by_sigma,
        own_shift_ms={
            name: round(highest(shifts_ms, curve), 1)
            for name, own in zip(hands.observers, alone, strict=True)
            if np.isfinite(curve := shifted.curves(own, 1 - own)[0]).all()
        },
        instants=len(met),
    )


def _replicated(
    curves: Callable[[Floats, Floats], Floats], observers: tuple[str, ...], search: Search
) -> Replicated:
    """The mean over random halves that meet, and replicates in which an observer drawn twice stays in one half.

    Raises BadInput when no halves meet.
    """
    counts = np.stack(
        [bootstrap_counts(name, search.replicates, search.seed) for name in observers], axis=1
    ).astype(np.float64)
    splits = [_half(len(observers), search.seed, number) for number in range(max(_SPLITS, search.replicates))]

    def of_split(number: int, weights: Floats) -> Floats:
        return curves(weights * splits[number], weights * ~splits[number])

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(_WORKERS) as pool:
        once = list(pool.map(of_split, range(_SPLITS), [np.ones(len(observers))] * _SPLITS))
        again = list(pool.map(of_split, range(search.replicates), counts))
    known = [curve for curve in once if np.isfinite(curve).all()]
    if not known:
        raise BadInput("no two halves of the observers are ever together; record longer, or more observers")
    mean = np.mean(known, axis=0)
    return Replicated(mean, np.stack(again) if again else np.empty((0, len(MEASURES), mean.shape[1])))


def _half(observers: int, seed: int, number: int) -> np.ndarray:
    """A random half of the observers, bool (N,)."""
    chosen = np.zeros(observers, bool)
    chosen[np.random.default_rng([seed, number]).permutation(observers)[: observers // 2]] = True
    return chosen
