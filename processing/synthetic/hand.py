"""What a hand would do: it follows attention late, smoothly, not quite exactly, and rests when it may.

A simulated hand has events only where it moved, as a real one; who replays it repeats the last position while
there are none.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.synthetic.clip import SyntheticClip

# The hand's lag behind the eye that the published sets take off (AIM24).
LAG_MS = 300

_GRID_US = 5_000
_SMOOTHING_S = 0.04  # deviation of the Gaussian that rounds off jumps; symmetric, so it adds no lag
_TREMOR_S = 0.15  # how slowly the hand wanders about its aim
_TREMOR_SHARE = 0.004  # of the longer side: how far
_REST_EVERY_S = 3.0
_REST_SHORTEST_S, _REST_LONGEST_S = 0.4, 1.2
_REST_SLACK_SHARE = 0.02  # of the longer side: a hand rests while its aim stays this near
_EVENT_MIN_HZ, _EVENT_MAX_HZ = 60, 125  # usual mice and browsers
_EVENT_MIN_STEP_PX = 0.5  # smaller movements send no event
_GLANCE_MEDIAN_S = 1.2
_DISTRACTED_SHARE = 0.12
_AIM_SPREAD = 0.02  # of the shorter side: where on the object one looks


@dataclass(frozen=True)
class Attention:
    """Where somebody looks. t_us: int64 (N,) media time, ascending; x_px, y_px: float64 (N,) video pixels."""

    t_us: NDArray[np.int64]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]


@dataclass(frozen=True)
class Hand:
    """Pointer events. t_us: int64 (N,) media time, rising; x_px, y_px: float64 (N,) video pixels."""

    t_us: NDArray[np.int64]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]

    def position_px(self, t_us: NDArray[np.int64]) -> NDArray[np.float64]:
        """The last known (x, y) at times of shape (M,): float64 (M, 2). Before the first event, the first."""
        last = np.maximum(np.searchsorted(self.t_us, t_us, side="right") - 1, 0)
        return np.column_stack([self.x_px[last], self.y_px[last]])


def watch(clip: SyntheticClip, *, seed: int) -> Attention:
    """Where an observer looks in a synthetic clip: nearly always at the attended object, at times elsewhere."""
    rng = np.random.default_rng(seed)
    target = clip.attended_path_px()
    looked = np.empty_like(target)
    frame = 0
    while frame < clip.frame_count:
        length = max(1, round(rng.lognormal(np.log(_GLANCE_MEDIAN_S), 0.4) * float(clip.fps)))
        elsewhere = rng.random() < _DISTRACTED_SHARE
        path = clip.distractor_path_px(int(rng.integers(12))) if elsewhere else target
        glance = slice(frame, frame + length)
        looked[glance] = path[glance] + rng.normal(0, _AIM_SPREAD * min(clip.width, clip.height), 2)
        frame += length
    # A frame begins at the first whole microsecond not before frame / fps.
    starts = [-(-1_000_000 * f * clip.fps.denominator // clip.fps.numerator) for f in range(clip.frame_count)]
    return Attention(np.array(starts, dtype=np.int64), looked[:, 0], looked[:, 1])


def simulate_hand(
    attention: Attention,
    *,
    seed: int,
    width: int,
    height: int,
    end_us: int,
    lag_ms: float = LAG_MS,
    lag_jitter_ms: float = 25,
) -> Hand:
    """The hand of one observer from media time 0 to `end_us`, inside a picture of `width` x `height` px.

    It starts in the middle of the picture, where the start button was, and stays until attention has been
    somewhere for the lag. lag_ms: how late hands are; lag_jitter_ms: the deviation of that between observers.
    Raises BadInput when attention is empty.
    """
    if len(attention.t_us) == 0:
        raise BadInput("a hand needs a place to follow: the attention holds no sample")
    rng = np.random.default_rng(seed)
    side = max(width, height)
    lag_us = max(0.0, rng.normal(lag_ms, lag_jitter_ms)) * 1000
    grid_us = np.arange(0, end_us + _GRID_US, _GRID_US)

    seen_us = grid_us - lag_us
    path = np.column_stack(
        [np.interp(seen_us, attention.t_us, axis) for axis in (attention.x_px, attention.y_px)]
    )
    path[seen_us < attention.t_us[0]] = (width / 2, height / 2)
    path = _smoothed(path, _SMOOTHING_S)
    path += _tremor(rng, len(path)) * _TREMOR_SHARE * side
    path = np.clip(path, 0, np.nextafter((width, height), 0))
    _rest(path, rng, slack_px=_REST_SLACK_SHARE * side)
    return _events(grid_us, path, rng, end_us)


def follow_gaze(
    t_us: NDArray[np.int64],
    x_px: NDArray[np.float64],
    y_px: NDArray[np.float64],
    *,
    seed: int,
    width: int,
    height: int,
    end_us: int,
    lag_ms: float = LAG_MS,
) -> Hand:
    """A hand that follows a recorded eye: late, and rounded off where the eye jumps.

    t_us (N,) media time in any order, x_px and y_px (N,) video pixels; samples without a position are left
    out beforehand. The lag does not vary, so that a recipe with this lag takes it off exactly.
    """
    order = np.argsort(t_us, kind="stable")
    attention = Attention(np.asarray(t_us)[order], np.asarray(x_px)[order], np.asarray(y_px)[order])
    return simulate_hand(
        attention, seed=seed, width=width, height=height, end_us=end_us, lag_ms=lag_ms, lag_jitter_ms=0
    )


def _smoothed(path: NDArray[np.float64], deviation_s: float) -> NDArray[np.float64]:
    """Each column convolved with a Gaussian in time; the ends are held."""
    reach = round(4 * deviation_s * 1e6 / _GRID_US)
    offsets = np.arange(-reach, reach + 1) * _GRID_US / 1e6
    kernel = np.exp(-0.5 * (offsets / deviation_s) ** 2)
    padded = np.pad(path, ((reach, reach), (0, 0)), mode="edge")
    return np.column_stack([np.convolve(column, kernel / kernel.sum(), "valid") for column in padded.T])


def _tremor(rng: np.random.Generator, length: int) -> NDArray[np.float64]:
    """A slow wander of unit deviation, float64 (length, 2)."""
    wander = _smoothed(rng.normal(size=(length, 2)), _TREMOR_S)
    # White noise of unit deviation, averaged by a Gaussian of deviation s grid steps, keeps 1/sqrt(2 s sqrt(pi)).
    steps = _TREMOR_S * 1e6 / _GRID_US
    return wander * np.sqrt(2 * steps * np.sqrt(np.pi))


def _rest(path: NDArray[np.float64], rng: np.random.Generator, slack_px: float) -> None:
    """Hold the hand now and then, in place, for as long as its aim stays within `slack_px`."""
    at = 0
    while True:
        at += round(rng.exponential(_REST_EVERY_S) * 1e6 / _GRID_US)
        longest = round(rng.uniform(_REST_SHORTEST_S, _REST_LONGEST_S) * 1e6 / _GRID_US)
        if at >= len(path):
            return
        span = path[at : at + longest]
        far = np.hypot(*(span - span[0]).T) > slack_px
        held = int(far.argmax()) if far.any() else len(span)
        span[:held] = span[0].copy()
        at += held


def _events(
    grid_us: NDArray[np.int64], path: NDArray[np.float64], rng: np.random.Generator, end_us: int
) -> Hand:
    """Pointer events at the mouse's own uneven pace, where the hand moved; the first is at time 0."""
    pace_us = 1e6 / rng.uniform(_EVENT_MIN_HZ, _EVENT_MAX_HZ)
    gaps_us = pace_us * rng.uniform(0.95, 1.05, int(end_us / (0.95 * pace_us)) + 1)
    times = np.concatenate([[0], np.rint(gaps_us.cumsum())]).astype(np.int64)
    times = times[times <= end_us]
    places = np.column_stack([np.interp(times, grid_us, axis) for axis in path.T])
    kept = [0]
    for index in range(1, len(times)):
        if np.abs(places[index] - places[kept[-1]]).max() >= _EVENT_MIN_STEP_PX:
            kept.append(index)
    return Hand(times[kept], places[kept, 0], places[kept, 1])
