"""The processes that train one model together, as `torchrun` starts them; one alone is the usual case."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed

# A process that has not come by then is gone. Preparing and validating happen in between.
WAIT = timedelta(minutes=60)


@dataclass(frozen=True)
class Processes:
    """This process's place among `world` of them; the first one, of rank 0, is the one that writes."""

    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def mean(self, value: Tensor) -> Tensor:
        """The mean over all processes, elementwise."""
        if self.world == 1:
            return value
        summed = value.clone()
        distributed.all_reduce(summed)
        return summed / self.world

    def together(self, value: Tensor) -> Tensor:
        """The rows of all processes, in the order of their ranks; every process gives as many."""
        if self.world == 1:
            return value
        parts = [torch.empty_like(value) for _ in range(self.world)]
        distributed.all_gather(parts, value.contiguous())
        return torch.cat(parts)

    def from_first(self, value: Tensor) -> Tensor:
        """What the first process has."""
        if self.world > 1:
            distributed.broadcast(value, src=0)
        return value

    def as_first(self, holds: bool, device: torch.device) -> bool:
        """Whether it holds for the first process; files, say, that it may remove before another one looks."""
        return holds if self.world == 1 else bool(self.from_first(torch.tensor(float(holds), device=device)))

    def wait(self) -> None:
        """Go on when all have come here."""
        if self.world > 1:
            distributed.barrier()


ALONE = Processes()


def place_in_machine() -> int | None:
    """Number of this process among those of `torchrun` on this machine; None when it was started alone."""
    return int(os.environ["LOCAL_RANK"]) if "LOCAL_RANK" in os.environ else None


@contextmanager
def joined(device: torch.device) -> Iterator[Processes]:
    """Meet the other processes of `torchrun`, over NCCL on GPUs and Gloo on CPUs; alone there is nothing to do."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=WAIT)
    try:
        yield Processes(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()
