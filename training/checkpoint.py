"""Tensors on disk that hold no code: safetensors files, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from processing.errors import BadInput

Tensors = dict[str, Tensor]


def save(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, str]) -> None:
    """Write tensors and facts about them so that a reader finds the old file or the new one, never half of one.

    Raises `BadInput` when they cannot be written; then the old file is still there.
    """
    part = path.with_name(f".{path.name}.part")
    plain = {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}
    try:
        # One entry: the library writes several in an order of its own, and equal runs shall give equal files.
        save_file(plain, part, metadata={"facts": json.dumps(dict(facts), sort_keys=True)})
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    except (OSError, SafetensorError) as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise BadInput(
            f"cannot write {path}: {' '.join(str(error).split())}; make room, and the same command goes on from the "
            "last checkpoint"
        ) from error


def load(path: Path, expected: Mapping[str, str]) -> tuple[Tensors, dict[str, str]]:
    """Read tensors and facts; raises `BadInput` when the file is damaged or a fact is not the expected one."""
    try:
        with safe_open(path, framework="pt") as opened:
            facts = json.loads((opened.metadata() or {}).get("facts", "{}"))
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no mapping
    except (OSError, ValueError, SafetensorError) as error:
        raise BadInput(f"cannot read the checkpoint {path}: {error}") from error
    for name, value in expected.items():
        if facts.get(name) != value:
            raise BadInput(
                f"{path} belongs to another {name} ({facts.get(name, 'none')[:12]} instead of {value[:12]}): "
                "choose another run folder"
            )
    return tensors, facts


def optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> Tensors:
    """The optimizer's state as named tensors, `adam.<parameter>.<quantity>`."""
    return {
        f"adam.{name}.{quantity}": tensor
        for name, parameter in model.named_parameters()
        for quantity, tensor in optimizer.state[parameter].items()
    }


def restore_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: Tensors) -> None:
    """Put back what `optimizer_tensors` gave, laid out as each parameter; counts of steps stay on the CPU."""
    for name, parameter in model.named_parameters():
        # The optimizer takes all parameters in one call only where its own tensors have the same strides.
        optimizer.state[parameter] = {
            quantity: value if quantity == "step" else torch.empty_like(parameter.detach()).copy_(value)
            for quantity, value in under(f"adam.{name}.", tensors).items()
        }


def under(prefix: str, tensors: Mapping[str, Tensor]) -> Tensors:
    """The tensors below a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def fill(model: nn.Module, tensors: Tensors, path: Path) -> None:
    """Load weights into a model of the same build; raises `BadInput` when names or shapes differ."""
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise BadInput(f"{path} does not fit the model of its configuration: {reason}") from error
