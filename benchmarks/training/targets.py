"""Targets rendered from fixation points on the coarse grid against the released map videos, decoded and reduced."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks.table import Row
from benchmarks.training.inputs import Inputs
from benchmarks.training.world import released, synthetic_clips
from processing.layouts import open_dataset, read_fixations
from processing.video import probe, read_map
from training.grid import input_grid, map_grid, orientation_of
from training.targets import densities

CLIPS, OBSERVERS = 3, 20
LONG_SIDE, SHORT_SIDE, STRIDE = 384, 224, 4


def rows(folder: Path, inputs: Inputs) -> list[Row]:
    """The lowest correlation over all frames of the public clips."""
    world = released(folder, synthetic_clips(folder, seed=inputs.seed, clips=CLIPS, observers=OBSERVERS))
    dataset = open_dataset(world.public)
    lowest, frames = 1.0, 0
    for name in [*dataset.parts()["train"], *dataset.parts()["public_test"]]:
        facts = probe(dataset.video(name))
        orientation = orientation_of(facts.width, facts.height)
        grid = map_grid(input_grid(orientation, LONG_SIDE, SHORT_SIDE), STRIDE)
        sigma_px = float(dataset.video_info()[name]["sigma_px"])
        sigma = torch.tensor([[sigma_px / facts.height, sigma_px / facts.width]], dtype=torch.float64)
        decoded = read_map(dataset.saliency(name))
        for points, levels in zip(read_fixations(dataset.fixations_file(name)), decoded, strict=True):
            shares = torch.from_numpy((points + 0.5) / np.array([facts.height, facts.width]))
            owner = torch.zeros(len(points), dtype=torch.int64)
            rendered = densities(shares, owner, sigma, grid, len(points))[0].numpy()
            reduced = cv2.resize(levels, (grid.width, grid.height), interpolation=cv2.INTER_AREA)
            lowest = min(lowest, float(np.corrcoef(rendered.ravel(), reduced.ravel())[0, 1]))
            frames += 1
    return [
        Row(f"rendered targets against decoded maps, lowest of {frames} frames", lowest, "CC", target=0.9999)
    ]
