"""Times of calls that do the same thing again and again."""

import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def least_seconds(work: Callable[[], object], times: int) -> float:
    """Least wall time of `times` calls, after one that warms caches: whatever else a machine does only adds to it."""
    work()
    return min(seconds(work) for _ in range(times))


def in_turn(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Wall times of two calls, from the turn whose ratio is the median of `rounds` turns, an odd number.

    A slow moment of the machine meets both calls of a turn, and no lucky one of either decides.
    """
    turns = [(seconds(first), seconds(second)) for _ in range(rounds)]
    return sorted(turns, key=lambda turn: turn[1] / turn[0])[rounds // 2]
