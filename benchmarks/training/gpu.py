"""Speed on a GPU, where there is one; elsewhere its rows say that this machine cannot measure them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from benchmarks.table import Row
from benchmarks.training.inputs import Inputs

# Training clips a second on the GPU that they are stated for.
TARGETS_OF = "H200"
TARGETS: dict[str, float | None] = {"lite2d": None, "lites3d": 350.0, "umt_hier B": None, "umt_hier L": 40.0}


def rows(folder: Path, inputs: Inputs) -> list[Row]:
    """Training and prediction of each network, and the chip's measured ceilings."""
    if not torch.cuda.is_available():
        return [row for model in TARGETS for row in _not_measured(model, TARGETS[model])]
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.training.throughput"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    ceiling, *speeds = [json.loads(line) for line in said.stdout.splitlines()]
    targets = TARGETS if TARGETS_OF in ceiling["device"] else dict.fromkeys(TARGETS)
    found = [
        Row(f"{ceiling['device']}, products in bfloat16", ceiling["tflop_s"], "TFLOP/s"),
        Row(f"{ceiling['device']}, copies", ceiling["gb_s"], "GB/s"),
    ]
    for model, target in targets.items():
        own = [speed for speed in speeds if speed["model"] == model]
        found += [row for speed in own for row in _measured(speed, target)] or _not_measured(model, target)
    return found


def _measured(speed: dict[str, Any], target: float | None) -> list[Row]:
    name = f"{speed['model']}, {speed['doing']}"
    return [
        Row(
            f"{name}, {speed['batch']} windows of {speed['frames']}",
            speed["clips_s"],
            "clips/s",
            target=target if speed["doing"] == "training" else None,
        ),
        Row(f"{name}, rate", speed["tflop_s"], "TFLOP/s", "products in bfloat16", speed["share_of_products"]),
        Row(f"{name}, bytes moved", speed["gb_s"], "GB/s", "copies", speed["share_of_copies"]),
        Row(f"{name}, memory", speed["peak_gib"], "GiB", better="lower"),
    ]


def _not_measured(model: str, target: float | None) -> list[Row]:
    return [
        Row(f"{model}, training", None, "clips/s", target=target),
        Row(f"{model}, prediction", None, "clips/s"),
    ]
