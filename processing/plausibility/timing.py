"""Can it have happened at these times? The events' own clock, the room for rests, and our clock."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.align import RawTrack
from processing.plausibility.motion import Moves
from processing.plausibility.reasons import Reason, reason
from processing.plausibility.rules import Rules

REST = 1
REST_STEP_US = 20_000  # how often the player writes a rest while the picture stands

_LONGEST_INTERVAL_US = 60_000
_FEWEST_INTERVALS = 100
_COARSE_CLOCK_US = 1_000  # what Firefox and Safari round event times to
_CLOCK_TOLERANCE = 0.98  # a page clock may run this much faster than ours


@dataclass(frozen=True)
class Upload:
    """When the server heard what, in µs of its own clock, and until when on the page clock each chunk reaches.

    received_us, until_us: int64 (chunks,). finished_us: when the page announced the end, None when it did not.
    """

    opened_us: int
    received_us: NDArray[np.int64]
    until_us: NDArray[np.int64]
    finished_us: int | None


def event_clock_reasons(moves: Moves, rules: Rules) -> list[Reason]:
    """Events on a perfect grid, and more of them than any mouse sends."""
    gaps = np.diff(moves.t_us)
    gaps = gaps[gaps <= _LONGEST_INTERVAL_US].astype(np.float64)
    if len(gaps) < _FEWEST_INTERVALS:
        return []
    period = float(np.median(gaps))
    steps = np.maximum(1, np.rint(gaps / period))
    period = float(gaps.sum() / steps.sum())
    jitter = float(np.sqrt(((gaps - steps * period) ** 2).mean()))
    per_s = 1e6 * len(gaps) / float(gaps.sum())
    # Jitter is judged by the period: an even mouse of 1,000 Hz has less of it in µs, and more of it in per cent.
    loose, tight = (min(bound, period / 100) for bound in rules.grid_jitter_us)
    found = reason("too_many_moves", per_s, rules.moves_per_s, per_s=per_s)
    if _is_the_clocks_own(gaps):
        return found
    return found + reason("clock_grid", jitter, (loose, 0.9 * tight), period_us=period, jitter_us=jitter)


def _is_the_clocks_own(gaps_us: NDArray[np.float64]) -> bool:
    """Whether the grid is that of a browser whose clock counts whole milliseconds, under a mouse that is as fast."""
    whole = np.gcd.reduce(gaps_us.astype(np.int64)) == _COARSE_CLOCK_US
    return bool(whole and np.median(gaps_us) == _COARSE_CLOCK_US)


def rest_reasons(raw: RawTrack, rules: Rules) -> list[Reason]:
    """More rests than the player had occasions to write one."""
    times = np.sort(raw.sample_t_us[raw.sample_kind == REST])
    if not len(times):
        return []
    occasions = np.unique(np.concatenate([raw.mark_t_us, times[[0, -1]]]))
    chances = int(np.maximum(1, -(-np.diff(occasions) // REST_STEP_US)).sum()) + 2
    return reason(
        "too_many_rests", len(times) / chances, rules.rests_per_chance, rests=len(times), chances=chances
    )


def upload_reasons(raw: RawTrack, upload: Upload, duration_s: float, rules: Rules) -> list[Reason]:
    """Parts that were here before what they tell can have happened, and an end before the clip's."""
    times = np.concatenate([raw.sample_t_us, raw.mark_t_us])
    if not len(times):
        return []
    told_us = (upload.until_us - times.min()) * _CLOCK_TOLERANCE
    ahead_us = [float(ahead) for ahead in told_us - (upload.received_us - upload.opened_us)]
    if upload.finished_us is not None:
        ahead_us.append(duration_s * 1e6 * _CLOCK_TOLERANCE - (upload.finished_us - upload.opened_us))
    ahead_s = max(ahead_us, default=0.0) / 1e6
    return reason("uploaded_early", ahead_s, rules.upload_ahead_s, ahead_s=ahead_s)
