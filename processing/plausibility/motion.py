"""Does a hand move like this? Tremor, speed and the steps of positions, in client pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.align import RawTrack
from processing.plausibility.reasons import Reason, reason
from processing.plausibility.rules import Rules

ROUNDING = 0.3  # of a step: its deviation is 1/sqrt(12), taken a little larger
MOVE = 0  # the kind of a sample that is a pointer event

_LONGEST_GAP_US = 150_000  # a stroke ends where no event came for so long
_STROKE_PX = 40.0  # shorter strokes say little about tremor
_LINE_PX = 10.0
_FEWEST_STRETCHES = 4
_FEWEST_PLACES = 30
_CPX = 0.01  # positions come in hundredths of a px
_FINEST_LATTICE_PX = 0.1


@dataclass(frozen=True)
class Moves:
    """Pointer events alone. t_us: int64 (N,) page clock, rising; x_px, y_px: float64 (N,) client CSS px."""

    t_us: NDArray[np.int64]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]

    @classmethod
    def of(cls, raw: RawTrack) -> "Moves":
        """Those of a recording, by time, the last one of equal times."""
        chosen = np.flatnonzero(raw.sample_kind == MOVE)
        chosen = chosen[np.argsort(raw.sample_t_us[chosen], kind="stable")]
        t_us = raw.sample_t_us[chosen]
        chosen = chosen[np.append(np.diff(t_us) > 0, True)[: len(t_us)]]
        return cls(raw.sample_t_us[chosen], raw.sample_x[chosen], raw.sample_y[chosen])


def motion_reasons(moves: Moves, screen_px: float, rules: Rules) -> list[Reason]:
    """What speaks against a hand; `screen_px` is the size of one device pixel in client px."""
    step_px = lattice_px(moves)
    found = reason(
        "coarse_lattice",
        step_px / max(1.0, screen_px),
        rules.lattice_px,
        step_px=step_px,
        screen_px=screen_px,
    )
    # A curve whose points were rounded to the screen's lattice leaves it by the deviation of rounding.
    rounding_px = ROUNDING * min(max(step_px, _CPX), max(1.0, screen_px))
    smooth_px = float(np.hypot(rules.smooth_px, rounding_px))
    strokes = _stretches(moves, rules.smooth_window_s, rules.smooth_degree, smooth_px, _STROKE_PX)
    smooth = float(np.mean([stroke.met for stroke in strokes])) if strokes else 0.0
    found += reason("too_smooth", smooth, rules.smooth_share, share=smooth, within_px=smooth_px)
    straight_px = float(np.hypot(rules.straight_px, rounding_px))
    lines = _stretches(moves, rules.straight_window_s, 1, straight_px, _LINE_PX)
    straight = _share_of_events(lines, len(moves.t_us))
    found += reason("straight_lines", straight, rules.straight_share, share=straight)
    step_px, alternation = _jump(moves)
    if step_px > rules.jump_px:
        found += reason("jumping", alternation, rules.jump_alternation, step_px=step_px)
    return found


def lattice_px(moves: Moves) -> float:
    """The step that all positions of an axis are multiples of, the larger of both axes, in px; 0 when there is none.

    An axis with few different positions says nothing.
    """
    return max(_lattice_of(moves.x_px), _lattice_of(moves.y_px))


def _lattice_of(values: NDArray[np.float64]) -> float:
    places = np.unique(np.rint(values / _CPX))
    if len(places) < _FEWEST_PLACES:
        return 0.0
    steps = np.diff(places)
    step = float(np.percentile(steps, 5, method="lower"))
    if step * _CPX < _FINEST_LATTICE_PX:
        return _CPX  # too near to the hundredths themselves to tell
    # A lattice of 4/3 px is rounded to hundredths: its multiples are off by a little, never by more than rounding.
    finer = steps.sum() / np.rint(steps / step).sum()
    off = np.abs(steps / finer - np.rint(steps / finer)) * finer
    return float(finer * _CPX) if (off <= 1.5).mean() > 0.97 else _CPX


@dataclass(frozen=True)
class _Stretch:
    """Some events in motion, and whether a polynomial in time meets them."""

    part: slice
    met: bool


def _stretches(
    moves: Moves, window_s: float, degree: int, within_px: float, least_px: float
) -> list[_Stretch]:
    """Stretches of about `window_s` that are at least `least_px` wide; met: the rms distance is below `within_px`.

    Empty when there are too few to say anything.
    """
    points = np.column_stack([moves.x_px, moves.y_px])
    found = []
    for part in _windows(moves.t_us, round(window_s * 1e6), fewest=2 * degree + 6):
        if np.hypot(*np.ptp(points[part], axis=0)) >= least_px:
            t = moves.t_us[part].astype(np.float64)
            basis = np.polynomial.legendre.legvander(2 * (t - t[0]) / (t[-1] - t[0]) - 1, degree)
            residual = points[part] - basis @ np.linalg.lstsq(basis, points[part], rcond=None)[0]
            found.append(_Stretch(part, bool(np.sqrt((residual**2).mean()) < within_px)))
    return found if len(found) >= _FEWEST_STRETCHES else []


def _share_of_events(stretches: list[_Stretch], count: int) -> float:
    """Share of the events in motion that lie on some stretch that is met."""
    moving, met = np.zeros(count, bool), np.zeros(count, bool)
    for stretch in stretches:
        moving[stretch.part] = True
        met[stretch.part] |= stretch.met
    return float(met.sum() / max(1, moving.sum()))


def _windows(t_us: NDArray[np.int64], length_us: int, fewest: int) -> list[slice]:
    """Parts of strokes of about `length_us`, each a quarter further, with at least `fewest` events."""
    if not len(t_us):
        return []
    # Only those in which an event begins: between two events there may lie years.
    begins = t_us[0] + np.unique((t_us - t_us[0]) // (length_us // 4)) * (length_us // 4)
    first, end = np.searchsorted(t_us, begins), np.searchsorted(t_us, begins + length_us)
    return [
        slice(a, b)
        for a, b in zip(first.tolist(), end.tolist(), strict=True)
        if b - a >= fewest
        and t_us[b - 1] - t_us[a] >= 0.7 * length_us
        and np.diff(t_us[a:b]).max() <= _LONGEST_GAP_US
    ]


def _jump(moves: Moves) -> tuple[float, float]:
    """Median step from event to event in px, and how much the steps of an axis alternate.

    The variance of the steps' differences over that of the steps: 3 for places drawn at random, near 0 for a hand.
    """
    near = np.diff(moves.t_us) <= _LONGEST_GAP_US
    steps = np.column_stack([np.diff(moves.x_px), np.diff(moves.y_px)])[near]
    if len(steps) < _FEWEST_PLACES:
        return 0.0, 0.0
    alternation = np.diff(steps, axis=0).var() / max(steps.var(), _CPX**2)
    return float(np.median(np.hypot(*steps.T))), float(alternation)
