"""Clips made in memory: a bright spot that wanders over noise, and fixations around it."""

import numpy as np
import pytest

from training.clips import Clip, ClipSet
from training.grid import Grid, Orientation, input_grid

SIDES = (64, 32)


def spot_clip(
    name: str, seed: int, orientation: Orientation = Orientation.LANDSCAPE, moments: int = 12
) -> Clip:
    """A clip of 320 x 180 pixels (or 180 x 320) whose spot is where everybody looks."""
    rng = np.random.default_rng(seed)
    grid = input_grid(orientation, *SIDES)
    picture = Grid(180, 320) if orientation is Orientation.LANDSCAPE else Grid(320, 180)
    turn = rng.uniform(0, 2 * np.pi) + np.arange(moments) * 0.3
    centre = np.stack([0.5 + 0.3 * np.sin(turn), 0.5 + 0.3 * np.cos(turn)], axis=1) * picture
    rows, cols = np.indices(grid)
    cell = centre * np.array(grid) / np.array(picture)
    distance = (rows - cell[:, 0, None, None]) ** 2 + (cols - cell[:, 1, None, None]) ** 2
    spot = 180 * np.exp(-distance / 8)
    pictures = (spot[..., None] + rng.integers(0, 60, size=(moments, *grid, 3))).astype(np.uint8)
    points = [
        np.clip(rng.normal(at, 4, size=(20, 2)), 0, np.array(picture) - 1).astype(np.int64) for at in centre
    ]
    return Clip(name, picture, orientation, np.arange(moments) * 0.1, points, 9.6, pictures)


@pytest.fixture
def spot_clips() -> ClipSet:
    """Three wide clips and a tall one."""
    clips = [spot_clip(f"wide{seed}", seed) for seed in range(3)]
    clips.append(spot_clip("tall", 9, Orientation.PORTRAIT))
    return ClipSet(clips, "digest of the spots", *SIDES)
