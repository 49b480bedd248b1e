"""Tensors out of a checkpoint's file, without running code that it may hold."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from processing.errors import BadInput

# Where training programs put a model's state among their own.
WRAPPERS = ("model", "module", "state_dict")


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Name to tensor, from a safetensors file or one that `torch.save` wrote.

    Raises `BadInput` when it cannot be read, holds more than tensors and plain values, or no tensors at all.
    """
    if not path.is_file():
        raise BadInput(
            f"there is no file {path}: give the path of a checkpoint, or a name in the registry of weights"
        )
    try:
        if path.suffix == ".safetensors":
            held: object = load_file(path)
        else:
            held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise BadInput(
            f"{path} holds more than tensors, and reading it would run its code: save its state dict as safetensors"
        ) from error
    except (OSError, ValueError, RuntimeError, EOFError, SafetensorError) as error:
        raise BadInput(f"cannot read the weights {path}: {' '.join(str(error).split())[:200]}") from error
    for wrapper in WRAPPERS:
        if isinstance(held, dict) and isinstance(held.get(wrapper), dict):
            held = held[wrapper]
    named = held.items() if isinstance(held, dict) else ()
    tensors = {str(name): value for name, value in named if isinstance(value, Tensor)}
    if not tensors:
        raise BadInput(f"{path} holds no named tensors: it is no checkpoint of a model")
    return tensors
