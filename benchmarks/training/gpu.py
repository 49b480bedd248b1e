"""Speed on a GPU, where there is one; elsewhere its rows say that this machine cannot measure them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import torch

from benchmarks.table import Row
from benchmarks.training.inputs import Inputs

# Training clips a second on one H200.
TARGETS = {"lites3d": 350.0, "umt_hier B": None, "umt_hier L": 40.0}


def rows(folder: Path, inputs: Inputs) -> list[Row]:
    """Training and prediction of each network, and the chip's measured ceilings."""
    if not torch.cuda.is_available():
        return [
            Row(f"{model}, {doing}", None, "clips/s", target=target if doing == "training" else None)
            for model, target in TARGETS.items()
            for doing in ("training", "prediction")
        ]
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.training.throughput"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    ceiling, *speeds = [json.loads(line) for line in said.stdout.splitlines()]
    found = [
        Row(f"{ceiling['device']}, products in bfloat16", ceiling["tflop_s"], "TFLOP/s"),
        Row(f"{ceiling['device']}, copies", ceiling["gb_s"], "GB/s"),
    ]
    for speed in speeds:
        name = f"{speed['model']}, {speed['doing']}"
        target = TARGETS[speed["model"]] if speed["doing"] == "training" else None
        found += [
            Row(f"{name}, windows of {speed['frames']}", speed["clips_s"], "clips/s", target=target),
            Row(
                f"{name}, rate",
                speed["tflop_s"],
                "TFLOP/s",
                "products in bfloat16",
                speed["share_of_ceiling"],
            ),
            Row(f"{name}, memory", speed["peak_gib"], "GiB", better="lower"),
        ]
    return found
