"""Speed on a GPU, where there is one; elsewhere its rows say that this machine cannot measure them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from benchmarks.parts import FULL_PART_WITHIN_S, PART_WITHIN_S
from benchmarks.table import Row
from benchmarks.training.inputs import Inputs

# Training clips a second on the GPU that they are stated for.
TARGETS_OF = "H200"
# What a part has beside the measuring: to start, and to hand on what was measured when time is up.
SPARE_S = 60

TARGETS: dict[str, float | None] = {"lite2d": None, "lites3d": 350.0, "umt_hier B": None, "umt_hier L": 40.0}


def rows(folder: Path, inputs: Inputs) -> list[Row]:
    """Training and prediction of each network, and the chip's measured ceilings."""
    if not torch.cuda.is_available():
        return [row for model in TARGETS for row in _not_measured(model, TARGETS[model])]
    said = folder / "throughput.jsonl"
    within_s = (FULL_PART_WITHIN_S if inputs.full else PART_WITHIN_S) - SPARE_S
    with said.open("w") as out:
        try:
            subprocess.run(
                [sys.executable, "-m", "benchmarks.training.throughput"],
                stdout=out,
                timeout=within_s,
                check=True,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            print(f"warning: {error}; what it measured until then counts", file=sys.stderr)
    return rows_of(said.read_text())


def rows_of(said: str) -> list[Row]:
    """The rows of what the bench of throughput said, as far as that goes: a last line without an end does not count.

    A row says how many networks were measured. Raises SystemExit when not even the ceilings were.
    """
    lines = said.split("\n")[:-1]
    if not lines:
        raise SystemExit("error: nothing was measured on the GPU; see above")
    ceiling, *speeds = [json.loads(line) for line in lines]
    targets = TARGETS if TARGETS_OF in ceiling["device"] else dict.fromkeys(TARGETS)
    device = f"{ceiling['device']}, PyTorch {ceiling['torch']}, cuDNN {ceiling['cudnn']}"
    measured = {speed["model"] for speed in speeds}
    found = [
        Row(f"{device}: products in bfloat16", ceiling["tflop_s"], "TFLOP/s"),
        Row(f"{device}: copies", ceiling["gb_s"], "GB/s"),
        Row("networks measured on the GPU", len(measured), "networks", target=len(targets)),
    ]
    for model, target in targets.items():
        own = [speed for speed in speeds if speed["model"] == model]
        found += [row for speed in own for row in _measured(speed, target)] or _not_measured(model, target)
    return found


def _measured(speed: dict[str, Any], target: float | None) -> list[Row]:
    name = f"{speed['model']}, {speed['doing']}"
    how = ", ".join(["compiled" if speed["compiled"] else "eager", *speed["attention"]])
    return [
        Row(
            f"{name}, {speed['batch']} windows of {speed['frames']}, {how}",
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
