"""Which constant frame rate, if any, a list of time stamps was made with. Integers and fractions only."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

STANDARD_RATES = tuple(
    Fraction(rate)
    for rate in (
        *("24", "25", "30", "50", "60", "24000/1001", "30000/1001", "60000/1001"),
        *("48", "48000/1001", "100", "120", "120000/1001", "240"),
        *("12", "25/2", "15", "15000/1001", "12000/1001", "10", "20"),
    )
)
_TICKS_PER_FRAME_TO_ROUND = 4


def constant_rate(ticks: Sequence[int], tick_s: Fraction, declared: Iterable[Fraction]) -> Fraction | None:
    """The frame rate in Hz with which every time stamp agrees within one tick, or None: truly variable.

    ticks: presentation times of all frames in units of `tick_s` seconds, ascending. Containers round them to
    their tick (WebM and MKV to milliseconds), so the i-th may be one tick off i frames after the first: half
    a tick for its own rounding and half for the first's. Where a tick is so coarse that a whole frame would
    hide in it (AVI counts in frames), they must agree exactly.
    declared: the rates that the container states; they only decide between rates that all agree.

    Of the rates that agree: a standard one that is declared, the standard one nearest to the measured rate, a
    declared one that agrees exactly, the fraction with the smallest denominator, in this order.
    """
    stated = [rate for rate in declared if rate > 0]
    if len(ticks) < 2:
        return next(iter(stated), None)
    offsets = [tick - ticks[0] for tick in ticks]
    steps = len(offsets) - 1
    if any(late <= early for early, late in pairwise(offsets)):
        return None
    slack = 1 if offsets[-1] >= _TICKS_PER_FRAME_TO_ROUND * steps else 0
    shortest = max(Fraction(offset - slack, i) for i, offset in enumerate(offsets) if i)
    longest = min(Fraction(offset + slack, i) for i, offset in enumerate(offsets) if i)
    if shortest > longest:
        return None
    slowest, fastest = 1 / (longest * tick_s), 1 / (shortest * tick_s)
    measured = Fraction(steps) / (offsets[-1] * tick_s)

    standard = [rate for rate in STANDARD_RATES if slowest <= rate <= fastest]
    if standard:
        return min(standard, key=lambda rate: (rate not in stated, abs(rate - measured)))
    if measured in stated and all(offset * tick_s * measured == i for i, offset in enumerate(offsets)):
        return measured
    return simplest_between(slowest, fastest)


def simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the smallest denominator in the closed interval [low, high], 0 < low <= high."""
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    floor = low.numerator // low.denominator
    return floor + 1 / simplest_between(1 / (high - floor), 1 / (low - floor))
