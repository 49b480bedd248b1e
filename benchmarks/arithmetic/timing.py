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
    """Least wall time of each of two calls, taken in turn so that a slow moment of the machine meets both."""
    pairs = [(seconds(first), seconds(second)) for _ in range(rounds)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
