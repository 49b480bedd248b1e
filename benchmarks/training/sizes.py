"""Parameters and operations of the networks against the sizes that they were designed for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import Row
from benchmarks.training.inputs import Inputs
from training.config.nets import Lite2dNet, LiteS3dNet, Net, UmtHierNet
from training.counting import count_net
from training.grid import Grid

WITHIN = 0.05


@dataclass(frozen=True)
class Design:
    """What a network should be at its own input size: parameters, and operations of one window of pictures."""

    name: str
    net: Net
    grid: Grid
    parameters: float
    gflop: float


# docs/models.md has the stages that these are the sums of.
DESIGNS = (
    Design("lites3d", LiteS3dNet(), Grid(224, 384), 8.21e6, 64.3),
    Design("umt_hier B", UmtHierNet(size="B"), Grid(224, 224), 100e6, 1_030),
    Design("umt_hier L", UmtHierNet(size="L"), Grid(224, 224), 319e6, 3_000),
)
LIGHT_PARAMETERS, LIGHT_GFLOP = 3.9e6, 2.5


def rows(folder: Path, inputs: Inputs) -> list[Row]:
    """Shares of the design for the networks that have one; bounds for the lightest."""
    light = count_net(Lite2dNet(), Grid(224, 384))
    found = [
        Row("lite2d, parameters", light.parameters / 1e6, "M", target=LIGHT_PARAMETERS / 1e6, better="lower"),
        Row("lite2d, one frame", light.gflop_per_frame, "GFLOP", target=LIGHT_GFLOP, better="lower"),
    ]
    for design in DESIGNS:
        counted = count_net(design.net, design.grid)
        found += [
            _beside(f"{design.name}, parameters", counted.parameters / 1e6, "M", design.parameters / 1e6),
            _beside(f"{design.name}, one window", counted.gflop_per_window, "GFLOP", design.gflop),
        ]
    return found


def _beside(name: str, value: float, unit: str, designed: float) -> Row:
    off = abs(value / designed - 1)
    return Row(f"{name} {value:,.4g} {unit}, off its design by", off, "", target=WITHIN, better="lower")
