"""Where a run computes."""

from __future__ import annotations

import os
from typing import Literal

import torch

from processing.errors import BadInput

Wish = Literal["auto", "cpu", "gpu"]


def choose(wish: Wish) -> torch.device:
    """The device for a wish; `auto` takes a GPU when there is one. Raises `BadInput` for a GPU that is not there."""
    if wish == "gpu" and not torch.cuda.is_available():
        raise BadInput(
            "no CUDA GPU can be used here: run with --device cpu, or install a CUDA build of torch"
        )
    return torch.device("cuda" if wish != "cpu" and torch.cuda.is_available() else "cpu")


def settle(device: torch.device, threads: int | None) -> None:
    """Use that many CPU threads (all by default); on a CPU make every operation repeatable to the bit.

    On a GPU the gradient of the bilinear interpolation has no repeatable form, so runs there are seeded but
    differ in the last digits.
    """
    torch.set_num_threads(threads or os.cpu_count() or 1)
    torch.use_deterministic_algorithms(device.type == "cpu")


def describe(device: torch.device) -> str:
    """The device in words, for the record of a run."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu, {torch.get_num_threads()} threads"
