"""What a finished model costs: parameters, arithmetic, time, memory."""

from __future__ import annotations

import time
from statistics import median

import torch

from training import counting
from training import device as devices
from training.config import CenterPriorConfig, Config
from training.grid import Orientation, input_grid
from training.models import Model

ROUNDS = 5


def figures(model: Model, config: Config, device: torch.device) -> dict[str, float]:
    """`parameters`, `parameters_trainable`; `gflop_per_frame` (a multiply-add is two) and `ms_per_frame` of one map
    that comes out, at batch 1 on the input grid of wide clips; `memory_mb`, the most this process held."""
    parameters = list(model.parameters())
    return {
        "parameters": sum(each.numel() for each in parameters),
        "parameters_trainable": sum(each.numel() for each in parameters if each.requires_grad),
        "gflop_per_frame": round(counting.gflop_per_frame(config), 4),
        "ms_per_frame": round(milliseconds_per_frame(model, config, device), 3),
        "memory_mb": round(devices.peak_memory_mb(device), 1),
    }


@torch.inference_mode()
def milliseconds_per_frame(model: Model, config: Config, device: torch.device) -> float:
    """The median time of a window of batch 1, divided by the maps that come out of it."""
    grid = input_grid(Orientation.LANDSCAPE, config.data.long_side, config.data.short_side)
    window = counting.one_window(config.net, grid, device)
    model.eval()
    took_ms = []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        if isinstance(config, CenterPriorConfig):
            maps = model(*window).shape[1]
        else:
            with devices.precision(device, config):
                maps = model(*window).shape[1]
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        took_ms.append((time.perf_counter() - began_s) * 1000)
    return median(took_ms) / maps
