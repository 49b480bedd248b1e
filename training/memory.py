"""When a batch does not fit into memory: which one would."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

import torch

from processing.errors import BadInput
from training.config import NetworkConfig

T = TypeVar("T")

# How it is said where no error stands for it: by the allocators, by the driver (and by a compiler that hands an
# allocator's error on), by cuDNN and cuBLAS for their workspaces. cuDNN may also find no algorithm that has room.
WORDS = (
    "allocate memory",
    "out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "unable to find an engine to execute this computation",
)


def exhausted(error: BaseException) -> bool:
    """Whether an error says that a device or the machine has no memory left."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in WORDS)


def or_refused(work: Callable[[], T], refusal: Callable[[], BadInput]) -> T:
    """What the work gives; raises the refusal where memory does not suffice, once all that the work held is free."""
    try:
        return work()
    except (MemoryError, RuntimeError) as error:
        if not exhausted(error):
            raise
    raise refusal()


def kind(device: torch.device) -> str:
    """The memory of a device in words."""
    return "the GPU's memory" if device.type == "cuda" else "memory"


def training_refusal(config: NetworkConfig, device: torch.device, fits: int, *, tried: bool) -> BadInput:
    """That `train.batch` is too large, and which one is not; tried: whether `fits` is known to be so."""
    batch, accumulate = config.train.batch, config.train.accumulate
    if not fits:
        return BadInput(f"not even one window fits into {kind(device)}: lower data.long_side or net.frames")
    return BadInput(
        f"train.batch = {batch} does not fit into {kind(device)}, {fits} {'does' if tried else 'may'}: "
        f"set train.batch = {fits} and train.accumulate = {accumulate * -(-batch // fits)}, in a new run folder"
    )


def largest_that_fits(batch: int, attempt: Callable[[int], object]) -> int:
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
