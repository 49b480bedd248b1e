"""Targets on a coarse grid are the map videos of a build, reduced: nothing is lost by never decoding them."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from processing.layouts import read_fixations
from processing.pipeline import process_stimulus
from processing.recipe import Recipe
from processing.tracks import Track
from processing.video import VideoFacts, read_map
from training import targets
from training.grid import Grid


def tracks(width: int, height: int) -> list[Track]:
    rng = np.random.default_rng(7)
    t_us = np.arange(0, 900_000, 10_000)
    return [
        Track(
            f"o{number}",
            t_us,
            np.clip(rng.uniform(0, width) + np.cumsum(rng.normal(0, 6, len(t_us))), 0, width - 1),
            np.clip(rng.uniform(0, height) + np.cumsum(rng.normal(0, 6, len(t_us))), 0, height - 1),
        )
        for number in range(30)
    ]


@pytest.mark.parametrize(
    ("picture", "grid"),
    [(Grid(720, 1280), Grid(56, 96)), (Grid(720, 1280), Grid(56, 56)), (Grid(640, 360), Grid(48, 28))],
)
def test_rendered_targets_equal_the_decoded_map_video_of_a_build(
    tmp_path: Path, picture: Grid, grid: Grid
) -> None:
    facts = VideoFacts(picture.width, picture.height, Fraction(30), 8, "h264", False, True, 8 / 30)
    recipe = Recipe.from_mapping({"tail": "hold", "empty_frames": "nearest"})
    report = process_stimulus(
        facts=facts, tracks=tracks(picture.width, picture.height), recipe=recipe, out_dir=tmp_path / "build"
    )
    points = read_fixations(tmp_path / "build" / "fixations.json")
    sigma = torch.tensor(report.sigma_px / np.array(picture))[None]
    for own, decoded in zip(points, read_map(tmp_path / "build" / "saliency.mp4"), strict=True):
        share = torch.from_numpy((own + 0.5) / np.array(picture))
        target = targets.densities(share, torch.zeros(len(own), dtype=torch.long), sigma, grid, len(own))
        reduced = cv2.resize(decoded, (grid.width, grid.height), interpolation=cv2.INTER_AREA)
        assert np.corrcoef(target.numpy().ravel(), reduced.ravel())[0, 1] > 0.9999
