"""When a batch does not fit into memory: which one would."""

from __future__ import annotations

import gc
from collections.abc import Callable

import torch


def exhausted(error: BaseException) -> bool:
    """Whether an error says that a device or the machine has no memory left."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)


def largest_that_fits(batch: int, attempt: Callable[[int], None]) -> int:
    """The largest of batch/2, batch/4, ... that `attempt` can take without running out of memory; 0 when none can."""
    size = batch // 2
    while size:
        release()
        try:
            attempt(size)
        except (MemoryError, RuntimeError) as error:
            if not exhausted(error):
                raise
            size //= 2
        else:
            return size
    return 0


def release() -> None:
    """Give back what nobody holds any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
