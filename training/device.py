"""Where a run computes."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import torch
from torch import Tensor, nn

from processing.errors import BadInput
from training.config import NetworkConfig
from training.models.parts import PlainLayout

M = TypeVar("M", bound=nn.Module)

WISHES = "auto, cpu, gpu, or gpu:N for the one of that number"


def choose(wish: str, place: int | None = None) -> torch.device:
    """The device for a wish; `auto` takes a GPU when there is one.

    `place` numbers the processes of `torchrun` on this machine, each of which takes a GPU of its own. Raises
    `BadInput` for a GPU that is not there, and for a number where each process has its own.
    """
    kind, _, number = wish.partition(":")
    if kind not in ("auto", "cpu", "gpu") or (number and (kind != "gpu" or not number.isdecimal())):
        raise BadInput(f"there is no device {wish!r}: choose {WISHES}")
    if number and place is not None:
        raise BadInput(
            f"{wish} under torchrun: leave the number out, each process takes a GPU of its own "
            "(CUDA_VISIBLE_DEVICES says which ones)"
        )
    if kind == "gpu" and not torch.cuda.is_available():
        raise BadInput(
            "no CUDA GPU can be used here: run with --device cpu, or install a CUDA build of torch"
        )
    if kind == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    index = int(number) if number else (place or 0)
    there = torch.cuda.device_count()
    if index >= there:
        raise BadInput(f"there is no GPU of number {index}: this machine has {there}, counted from 0")
    return torch.device("cuda", index)


def settle(device: torch.device, threads: int | None) -> None:
    """Use that many CPU threads, by default an equal share of all; on a CPU make every operation repeatable.

    On a GPU the gradient of the bilinear interpolation has no repeatable form, so runs there are seeded but
    differ in the last digits.
    """
    neighbours = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    torch.set_num_threads(threads or max(1, (os.cpu_count() or 1) // neighbours))
    torch.use_deterministic_algorithms(device.type == "cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)


def describe(device: torch.device) -> str:
    """The device in words, for the record of a run."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu, {torch.get_num_threads()} threads"


def precision(device: torch.device, config: NetworkConfig) -> AbstractContextManager[object]:
    """The context in which a network computes; losses leave it."""
    wanted = config.train.precision
    if wanted == "bf16" or (wanted == "auto" and device.type == "cuda"):
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


def placed(model: M, device: torch.device) -> M:
    """The model on the device; on a GPU its convolutions have channels last, which most of them are made for."""
    model = model.to(device)
    return with_channels_last(model) if device.type == "cuda" else model


def with_channels_last(model: M) -> M:
    """The model with the weights of its convolutions laid out so, save for those that lose by it."""
    for module in model.modules():
        if isinstance(module, PlainLayout):
            continue
        if isinstance(module, nn.Conv2d):
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        elif isinstance(module, nn.Conv3d | nn.ConvTranspose3d):
            module.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    return model


def moved(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor of the CPU on a device; a GPU copies it beside its computation, and nobody waits for it."""
    # Only page-locked memory can be copied so; the allocator keeps it until the copy is done.
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


def peak_memory_mb(device: torch.device) -> float:
    """The most memory this process has held so far: the GPU's when it computes there, else its own."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
