"""Parameters, operations and shapes of a configured model, counted without computing anything.

The model is built from its configuration on PyTorch's meta device, where tensors have shapes but no values,
so that the largest one takes seconds and no memory. Operations are those of convolutions and matrix products,
attention's two products among them; a multiply-add counts as two. Norms, activations and resizing are
left out, as is usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from training import models, sound
from training.config import Config
from training.config.nets import AvGateNet, CenterPriorNet, Net, NetConfig
from training.grid import Grid, Orientation, input_grid
from training.models import Model, build_net
from training.models.center_prior import PriorMaps
from training.models.parts import Normalise
from training.models.prior_logits import PriorLogits
from training.models.visual import Visual

ORIENTATION = Orientation.LANDSCAPE

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Count:
    """Size and cost of a model at its input grid; GFLOP are for inference and per map that comes out."""

    parameters: int
    trainable: int
    gflop_per_frame: float
    gflop_per_window: float


@dataclass(frozen=True)
class Stage:
    """A part of a model: its name, the shapes of what comes out without the batch, parameters, GFLOP per window."""

    name: str
    shapes: tuple[Shape, ...]
    parameters: int
    gflop: float


def gflop_per_frame(config: Config) -> float:
    """GFLOP of one inference divided by the maps that it gives, at the configured grid; a multiply-add is two."""
    return count(config).gflop_per_frame


def count(config: Config) -> Count:
    """Count a configured model at its landscape grid."""
    return count_net(models.net_of(config), _grid(config))


def stages(config: Config) -> list[Stage]:
    """The parts of a configured model in the order in which they run."""
    return stages_of_net(models.net_of(config), _grid(config))


def count_net(net: Net, grid: Grid) -> Count:
    """Count a network of that shape for pictures of that grid."""
    run = _run(net, grid)
    return Count(
        parameters=sum(each.numel() for each in run.model.parameters()),
        trainable=sum(each.numel() for each in run.model.parameters() if each.requires_grad),
        gflop_per_frame=run.gflop.get("Global", 0.0) / run.maps,
        gflop_per_window=run.gflop.get("Global", 0.0),
    )


def stages_of_net(net: Net, grid: Grid) -> list[Stage]:
    """The parts of a network of that shape in the order in which they first run."""
    run = _run(net, grid)
    modules = dict(run.model.named_modules())
    root = type(run.model).__name__
    return [
        Stage(
            name=name,
            shapes=shapes,
            parameters=sum(each.numel() for each in modules[name].parameters()),
            gflop=run.gflop.get(f"{root}.{name}", 0.0),
        )
        for name, shapes in run.shapes.items()
    ]


@dataclass(frozen=True)
class _Run:
    model: Model
    maps: int
    gflop: dict[str, float]
    shapes: dict[str, tuple[Shape, ...]]


@torch.no_grad()
def _run(net: Net, grid: Grid) -> _Run:
    cells = grid.height // net.map_stride, grid.width // net.map_stride
    priors = {ORIENTATION: np.full(cells, 1 / (cells[0] * cells[1]))}
    shapes: dict[str, tuple[Shape, ...]] = {}
    with torch.device("meta"):
        model = build_net(net, priors).eval()
        hooks = [module.register_forward_hook(_noting(name, shapes)) for name, module in _parts(model)]
        window = one_window(net, grid, torch.device("meta"))
        with FlopCounterMode(display=False) as counter:
            maps = model(*window)
    for hook in hooks:
        hook.remove()
    gflop = {name: sum(by_kind.values()) / 1e9 for name, by_kind in counter.get_flop_counts().items()}
    return _Run(model, maps.shape[1], gflop, shapes)


def one_window(
    net: Net, grid: Grid, device: torch.device
) -> tuple[Tensor, Tensor, Orientation, Tensor | None]:
    """What a network sees and hears at once, of its own length: black pictures and silence."""
    if isinstance(net, CenterPriorNet):
        frames = 1
    elif isinstance(net, NetConfig):
        frames = len(net.lags_s)
    else:
        frames = net.frames
    pictures = torch.zeros(1, frames, 3, *grid, device=device)
    seconds = torch.zeros(1, frames, device=device)
    if not isinstance(net, AvGateNet):
        return pictures, seconds, ORIENTATION, None
    steps = round((sound.LEAD_S + (frames - 1) * net.step_s) * sound.STEPS_PER_S)
    heard = torch.full((1, net.mels, steps), sound.SILENCE, device=device)
    return pictures, seconds, ORIENTATION, heard


def _parts(model: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """A model's direct parts; those that never run as a whole are taken apart."""
    for name, part in model.named_children():
        if isinstance(part, nn.ModuleList | Visual):
            yield from _parts(part, f"{prefix}{name}.")
        elif not isinstance(part, PriorLogits | PriorMaps | Normalise):
            yield prefix + name, part


def _noting(
    name: str, shapes: dict[str, tuple[Shape, ...]]
) -> Callable[[nn.Module, object, Tensor | list[Tensor]], None]:
    def note(module: nn.Module, given: object, out: Tensor | list[Tensor]) -> None:
        each = [out] if isinstance(out, Tensor) else out
        shapes.setdefault(name, tuple(tuple(one.shape[1:]) for one in each))

    return note


def _grid(config: Config) -> Grid:
    return input_grid(ORIENTATION, config.data.long_side, config.data.short_side)
