"""Near copies among the tracks of one stimulus: shifted in time, mirrored, reversed, moved or jittered.

Honest observers of one clip follow the same things, so their paths are alike; but two hands keep a distance from each
other that one hand does not keep from its own copy. Paths are compared ten times a second, each point the mean of
its tenth, so that jitter of single samples averages out. A first look at two points a second picks the candidates.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from processing.plausibility.reasons import FAINTEST, STRONGEST, ramp
from processing.plausibility.rules import Rules
from processing.tracks import Track

CoarsePath = NDArray[np.int16]
"""(T, 2): x and y ten times a second of media time, in UNIT of the picture's longer side; UNKNOWN where not known."""

RATE_HZ = 10
UNIT = 1e-4
UNKNOWN = -32768

_FINE = 5  # points that are averaged into one
_FIRST_LOOK = 5  # points that the first look takes together
_CANDIDATES = 24
_LEAST_OVERLAP_S = 3.0
_MOVING_SHARE_A_S = 0.02  # of the longer side: slower is a hand at rest, and all resting hands are alike
_LEAST_MOTION_S = 2.0
_FEWEST_FOR_A_CROWD = 6


@dataclass(frozen=True)
class Copy:
    """How one path is a copy of another.

    index: of the other path. shift_s: how much later the copy does the same. mirrored: '', 'x', 'y' or 'xy'.
    distance_share: median distance while moving, of the picture's longer side. time_share: of the moving time within
    the distance of the rules.
    """

    index: int
    strength: float
    shift_s: float
    mirrored: str
    reversed: bool
    distance_share: float
    time_share: float


def coarse_path(track: Track, duration_s: float, width: int, height: int) -> CoarsePath:
    """The path of a track on a clip of `duration_s` and `width` x `height` px; int16 (tenths of a second, 2)."""
    count = max(1, round(duration_s * RATE_HZ))
    t_us = (np.arange(count * _FINE) + 0.5) * (1e6 / (RATE_HZ * _FINE))
    known = len(track.t_us) > 0
    side = max(width, height) * UNIT
    path = np.full((count, 2), UNKNOWN, np.int16)
    if known:
        fine = np.column_stack([np.interp(t_us, track.t_us, axis) for axis in (track.x_px, track.y_px)])
        mean = fine.reshape(count, _FINE, 2).mean(axis=1) / side
        inside = (t_us >= track.t_us[0]) & (t_us <= track.t_us[-1])
        whole = inside.reshape(count, _FINE).all(axis=1)
        path[whole] = np.clip(np.rint(mean), UNKNOWN + 1, -UNKNOWN - 1)[whole]
    return path


def find_copies(path: CoarsePath, others: Sequence[CoarsePath], *, rules: Rules | None = None) -> list[Copy]:
    """Which of `others`, paths on the same clip, the path is a near copy of; the strongest first.

    A copy may be moved as a whole and scaled a little, so mirroring needs no axis. Where there is a crowd to compare
    with, a copy must also be much nearer than the others are: a clip with one thing to follow brings all hands
    together.
    """
    rules = rules or Rules()
    if not others:
        return []
    length = min(len(path), *(len(other) for other in others))
    own = _positions(path[:length])
    crowd = np.stack([_positions(other[:length]) for other in others])
    looks = _first_look(own, crowd, rules)
    typical = float(np.nanmedian(looks.plain)) if len(others) >= _FEWEST_FOR_A_CROWD else math.inf
    found = []
    for index in np.argsort(looks.nearest, kind="stable")[:_CANDIDATES].tolist():
        if np.isfinite(looks.nearest[index]):
            alignment = looks.alignments[looks.best[index]]
            copy, rms = _second_look(own, crowd[index], index, alignment, rules)
            among_crowd = ramp(rms / max(typical, UNIT), *rules.copy_crowd_ratio)
            found.append(replace(copy, strength=copy.strength * among_crowd))
    return sorted((copy for copy in found if copy.strength >= FAINTEST), key=lambda copy: -copy.strength)


@dataclass(frozen=True)
class _Alignment:
    """What is done to the path before it is compared: mirroring by signs, running backwards, a shift in points."""

    signs: tuple[int, int]
    backwards: bool
    shift: int

    def apply(self, path: NDArray[np.float64], shift: int) -> NDArray[np.float64]:
        """The path (T, 2) so changed, and moved later by `shift` points; NaN where nothing is known."""
        moved = np.full_like(path, np.nan)
        turned = (path[::-1] if self.backwards else path) * self.signs
        begin, end = np.clip([shift, len(path) + shift], 0, len(path))
        moved[begin:end] = turned[begin - shift : end - shift]
        return moved


@dataclass(frozen=True)
class _Looks:
    """First look at all others: the least distance of any alignment, which one that was, and that of none.

    nearest, plain: float64 (N,), rms distance of the picture's longer side about the mean offset; best: int (N,).
    """

    alignments: list[_Alignment]
    nearest: NDArray[np.float64]
    best: NDArray[np.intp]
    plain: NDArray[np.float64]


def _positions(path: CoarsePath) -> NDArray[np.float64]:
    """Shares of the longer side, NaN where unknown."""
    return np.where(path == UNKNOWN, np.nan, path * UNIT)


def _first_look(own: NDArray[np.float64], crowd: NDArray[np.float64], rules: Rules) -> _Looks:
    few_own, few = _fewer(own[None])[0], _fewer(crowd)
    reach = round(rules.copy_shift_s * RATE_HZ / _FIRST_LOOK)
    alignments = [
        _Alignment(signs, backwards, shift)
        for signs in itertools.product((1, -1), (1, -1))
        for backwards in (False, True)
        for shift in range(-reach, reach + 1)
    ]
    distances = np.stack([_rms_distance(one.apply(few_own, one.shift), few) for one in alignments])
    plain = [
        at
        for at, one in enumerate(alignments)
        if one.signs == (1, 1) and not one.backwards and abs(one.shift) <= 1
    ]
    return _Looks(alignments, distances.min(axis=0), distances.argmin(axis=0), distances[plain].min(axis=0))


def _fewer(paths: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, T, 2) averaged over _FIRST_LOOK points; unknown where one of them is."""
    count = paths.shape[1] // _FIRST_LOOK
    return paths[:, : count * _FIRST_LOOK].reshape(len(paths), count, _FIRST_LOOK, 2).mean(axis=2)


def _rms_distance(path: NDArray[np.float64], crowd: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,): rms distance of a path (T, 2) to each of (N, T, 2) about their mean offset; inf where few are known."""
    apart = crowd - path
    known: NDArray[np.bool_] = np.all(np.isfinite(apart), axis=2)
    count = known.sum(axis=1)
    apart = np.where(known[:, :, None], apart, 0.0)
    mean = apart.sum(axis=1) / np.maximum(1, count)[:, None]
    square = (apart**2).sum(axis=(1, 2)) / np.maximum(1, count) - (mean**2).sum(axis=1)
    enough = count >= _LEAST_OVERLAP_S * RATE_HZ / _FIRST_LOOK
    return np.where(enough, np.sqrt(np.maximum(0.0, square)), np.inf)


def _second_look(
    own: NDArray[np.float64], other: NDArray[np.float64], index: int, alignment: _Alignment, rules: Rules
) -> tuple[Copy, float]:
    """Point by point, at every shift near the one that the first look found; also the rms distance there."""
    middle = alignment.shift * _FIRST_LOOK
    shifts = range(middle - _FIRST_LOOK, middle + _FIRST_LOOK + 1)
    compared = [(_nearness(alignment.apply(own, shift), other, rules), shift) for shift in shifts]
    near, shift = max(compared, key=lambda one: (one[0].time_share, -one[0].rms, -abs(one[1])))
    copy = Copy(
        index=index,
        strength=STRONGEST * ramp(near.time_share, *rules.copy_time_share),
        # The path was moved by `shift` to meet the other, so it does the same that much earlier.
        shift_s=0.0 - shift / RATE_HZ,
        mirrored="".join(axis for axis, sign in zip("xy", alignment.signs, strict=True) if sign < 0),
        reversed=alignment.backwards,
        distance_share=near.median,
        time_share=near.time_share,
    )
    return copy, near.rms


@dataclass(frozen=True)
class _Nearness:
    """Share of the time in motion that two paths are near each other; median and rms distance then."""

    time_share: float = 0.0
    median: float = math.inf
    rms: float = math.inf


def _nearness(path: NDArray[np.float64], other: NDArray[np.float64], rules: Rules) -> _Nearness:
    """Of paths (T, 2), the first one moved as a whole, and a little larger or smaller, to meet the other."""
    moving = (_speed(path) > _MOVING_SHARE_A_S) | (_speed(other) > _MOVING_SHARE_A_S)
    counted = moving & np.isfinite(path).all(axis=1) & np.isfinite(other).all(axis=1)
    if counted.sum() < _LEAST_MOTION_S * RATE_HZ:
        return _Nearness()
    path = path[counted] - np.median(path[counted], axis=0)
    other = other[counted] - np.median(other[counted], axis=0)
    scale = np.clip(
        (path * other).sum(axis=0) / np.maximum(UNIT**2, (path**2).sum(axis=0)), *rules.copy_scale
    )
    apart = other - path * scale
    distance = np.hypot(*(apart - np.median(apart, axis=0)).T)
    return _Nearness(
        time_share=float((distance < rules.copy_distance_share).mean()),
        median=float(np.median(distance)),
        rms=float(np.sqrt((distance**2).mean())),
    )


def _speed(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the longer side a second, (T,); 0 where unknown."""
    step = np.gradient(path, axis=0)
    return np.nan_to_num(np.hypot(step[:, 0], step[:, 1]) * RATE_HZ)
