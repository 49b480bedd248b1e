"""Which samples of a track are fixations: all of them, or those that I-VT or I-DT finds; and which are transit.

Both algorithms are those of Salvucci and Goldberg, "Identifying fixations and saccades in eye-tracking
protocols" (ETRA 2000). They know nothing of pursuit: a hand that follows a slow object is one long fixation.
Therefore a fixation's samples stay where they were and are not moved to its centroid.

Positions are float64 (N,) in video px, evenly spaced in time at `rate_hz`; a sample without a position is NaN,
and no fixation reaches across it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from processing.recipe import Recipe
from processing.resample import FrameSamples

Positions = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Olsen, "The Tobii I-VT fixation filter" (2012): speed is taken over 20 ms, so that noise of single samples
# does not look like movement.
SPEED_WINDOW_S = 0.02


@dataclass(frozen=True)
class FixationRule:
    """A recipe's keys on fixations and transit, in pixels and samples of one clip.

    transit_px_s: None where transit is kept. min_samples: shorter fixations do not count.
    """

    kind: Literal["all", "ivt", "idt"]
    rate_hz: int
    speed_px_s: float | None = None
    dispersion_px: float | None = None
    min_samples: int = 1
    transit_px_s: float | None = None

    @classmethod
    def of(cls, recipe: Recipe, width: int, height: int) -> "FixationRule":
        """For a clip of width x height px. Raises BadInput on a key in degrees without px_per_deg."""
        return cls(
            kind=recipe.fixations,
            rate_hz=recipe.rate_hz,
            speed_px_s=recipe.in_pixels("ivt_speed", width, height),
            dispersion_px=recipe.in_pixels("idt_dispersion", width, height),
            min_samples=max(1, -(-(recipe.fixation_min_ms or 0) * recipe.rate_hz // 1000)),
            transit_px_s=recipe.in_pixels("transit_speed", width, height),
        )


@dataclass(frozen=True)
class Attended:
    """The samples that count, and how many were left out as transit or, of the others, as no fixation."""

    samples: FrameSamples
    in_transit: int
    not_fixated: int


def attended(samples: FrameSamples, rule: FixationRule) -> Attended:
    """Leave out the samples of one observer that are transit or belong to no fixation under the rule."""
    travels = travelling(samples.x_px, samples.y_px, rule)
    keeps = fixated(samples.x_px, samples.y_px, rule)
    kept = keeps & ~travels
    return Attended(
        samples=FrameSamples(samples.frame[kept], samples.x_px[kept], samples.y_px[kept]),
        in_transit=int(travels.sum()),
        not_fixated=int((~keeps & ~travels).sum()),
    )


def travelling(x_px: Positions, y_px: Positions, rule: FixationRule) -> Mask:
    """Where the hand is faster than the transit filter allows, bool (N,)."""
    if rule.transit_px_s is None:
        return np.zeros(len(x_px), bool)
    return speeds(x_px, y_px, rule.rate_hz) > rule.transit_px_s


def fixated(x_px: Positions, y_px: Positions, rule: FixationRule) -> Mask:
    """Which samples belong to a fixation, bool (N,); under the rule "all" every one that has a position."""
    if rule.kind == "ivt":
        assert rule.speed_px_s is not None
        return ivt(x_px, y_px, rule.rate_hz, rule.speed_px_s, rule.min_samples)
    if rule.kind == "idt":
        assert rule.dispersion_px is not None
        return idt(x_px, y_px, rule.dispersion_px, rule.min_samples)
    return np.isfinite(x_px) & np.isfinite(y_px)


def speeds(x_px: Positions, y_px: Positions, rate_hz: int) -> Positions:
    """Speed at each sample in px/s, float64 (N,): the way between its neighbours 10 ms before and after.

    At the ends the one neighbour there is counts. NaN where a neighbour has no position.
    """
    reach = max(1, round(SPEED_WINDOW_S * rate_hz / 2))
    number = np.arange(len(x_px))
    before, after = np.maximum(number - reach, 0), np.minimum(number + reach, len(x_px) - 1)
    steps = np.maximum(after - before, 1)
    return np.hypot(x_px[after] - x_px[before], y_px[after] - y_px[before]) * rate_hz / steps


def ivt(x_px: Positions, y_px: Positions, rate_hz: int, speed_px_s: float, min_samples: int) -> Mask:
    """Identification by velocity threshold: runs of at least min_samples whose speed is at most speed_px_s."""
    slow = speeds(x_px, y_px, rate_hz) <= speed_px_s
    found = np.zeros(len(slow), bool)
    for start, end in runs(slow):
        found[start:end] = end - start >= min_samples
    return found


def idt(x_px: Positions, y_px: Positions, dispersion_px: float, min_samples: int) -> Mask:
    """Identification by dispersion threshold: windows that lie within dispersion_px and last min_samples.

    Dispersion is (max x - min x) + (max y - min y). A window of min_samples that fits grows while it does and is
    a fixation; one that does not fit moves on by one sample.
    """
    found = np.zeros(len(x_px), bool)
    for start, end in runs(np.isfinite(x_px) & np.isfinite(y_px)):
        found[start:end] = _idt_of_run(x_px[start:end], y_px[start:end], dispersion_px, min_samples)
    return found


def runs(mask: Mask) -> list[tuple[int, int]]:
    """The stretches of True as (start, end), end not included."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _idt_of_run(x_px: Positions, y_px: Positions, dispersion_px: float, min_samples: int) -> Mask:
    found = np.zeros(len(x_px), bool)
    if len(x_px) < min_samples:
        return found
    windows = [np.lib.stride_tricks.sliding_window_view(axis, min_samples) for axis in (x_px, y_px)]
    fits = sum(window.max(axis=1) - window.min(axis=1) for window in windows) <= dispersion_px
    starts = np.flatnonzero(fits)
    at = 0
    while (following := np.searchsorted(starts, at)) < len(starts):
        at = int(starts[following])
        over = _spread_from(x_px[at:]) + _spread_from(y_px[at:]) > dispersion_px
        end = at + int(over.argmax()) if over.any() else len(x_px)
        found[at:end] = True
        at = end
    return found


def _spread_from(values: Positions) -> Positions:
    """max - min of the values up to each."""
    return np.maximum.accumulate(values) - np.minimum.accumulate(values)
