"""The next batches are gathered while a step is computed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from training.batches import Batch, Sampler


def prefetched(sampler: Sampler, *, first: int, stop: int, ahead: int = 2) -> Iterator[Batch]:
    """The batches of steps `first` to `stop` - 1 in order, up to `ahead` of them gathered early, by one thread."""
    waiting: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(1) as thread:
        try:
            for step in range(first, stop):
                waiting.append(thread.submit(sampler.batch, step))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
