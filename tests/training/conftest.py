"""Clips whose truth is plain to see: a bright spot that wanders over noise, and fixations around it."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.training.tones import PIECE, with_tone
from processing.layouts import AIM24, write_fixations
from processing.maps import MapMaker
from processing.video import ClipWriter, MapWriter
from training.clips import Clip, ClipSet
from training.grid import Grid, Orientation, input_grid

SIDES = (64, 32)
FPS = Fraction(30000, 1001)


def spot_path(rng: np.random.Generator, count: int, size: Grid) -> NDArray[np.float64]:
    """Where the spot is, (count, 2) as (row, col) on a grid of that size."""
    turn = rng.uniform(0, 2 * np.pi) + np.arange(count) * 0.3
    return np.stack([0.5 + 0.3 * np.sin(turn), 0.5 + 0.3 * np.cos(turn)], axis=1) * size


def spot_pictures(rng: np.random.Generator, path: NDArray[np.float64], size: Grid) -> NDArray[np.uint8]:
    """(K, H, W, 3) of noise with the spot on it."""
    rows, cols = np.indices(size)
    distance = (rows - path[:, 0, None, None]) ** 2 + (cols - path[:, 1, None, None]) ** 2
    spot = 180 * np.exp(-distance / (0.1 * min(size)) ** 2)
    return (spot[..., None] + rng.integers(0, 60, size=(len(path), *size, 3))).astype(np.uint8)


def points_around(rng: np.random.Generator, path: NDArray[np.float64], size: Grid) -> list[NDArray[np.int64]]:
    """Twenty fixations a moment, each (20, 2) as (row, col)."""
    spread = 0.02 * max(size)
    return [np.clip(rng.normal(at, spread, (20, 2)), 0, np.array(size) - 1).astype(np.int64) for at in path]


def spot_clip(name: str, seed: int, orientation: Orientation, moments: int = 12) -> Clip:
    """A clip of 320 x 180 or 180 x 320 pixels in memory."""
    rng = np.random.default_rng(seed)
    grid = input_grid(orientation, *SIDES)
    picture = Grid(180, 320) if orientation is Orientation.LANDSCAPE else Grid(320, 180)
    path = spot_path(rng, moments, picture)
    pictures = spot_pictures(rng, path * np.array(grid) / np.array(picture), grid)
    seconds = np.arange(moments, dtype=np.float64) * 0.1
    points = points_around(rng, path, picture)
    return Clip(name, picture, orientation, seconds, points, 9.6, pictures, duration_s=moments * 0.1)


@pytest.fixture
def spot_clips() -> ClipSet:
    """Three wide clips and a tall one."""
    clips = [spot_clip(f"wide{seed}", seed, Orientation.LANDSCAPE) for seed in range(3)]
    clips.append(spot_clip("tall", 9, Orientation.PORTRAIT))
    return ClipSet(clips, "digest of the spots", *SIDES)


def write_spot_clip(root: Path, part: str, name: str, seed: int, size: Grid, frames: int) -> None:
    """Video, map and fixations of one clip in the AIM24 layout."""
    rng = np.random.default_rng(seed)
    path = spot_path(rng, frames, size)
    points = points_around(rng, path, size)
    maker = MapMaker(size.width, size.height, 0.03 * max(size))
    video, saliency = root / AIM24.video(name), root / AIM24.saliency(name, part)
    fixations = root / AIM24.fixations_file(name, part)
    for file in (video, saliency, fixations):
        file.parent.mkdir(parents=True, exist_ok=True)
    with ClipWriter(video, width=size.width, height=size.height, fps=FPS) as writer:
        for picture in spot_pictures(rng, path, size):
            writer.write(picture)
    with MapWriter(saliency, width=size.width, height=size.height, fps=FPS, encoding="near-lossless") as maps:
        for of_frame in points:
            maps.write(maker.levels(of_frame[:, ::-1]))
    write_fixations(fixations, points)


@pytest.fixture
def spot_release(tmp_path: Path) -> Path:
    """A release of three training clips, one of them tall, and one public test clip."""
    root = tmp_path / "release"
    split = {"train": ["alpha", "beta", "tall"], "public_test": ["gamma"], "private_test": []}
    write_spot_clip(root, "train", "alpha", 1, Grid(90, 160), 20)
    write_spot_clip(root, "train", "beta", 2, Grid(90, 160), 20)
    write_spot_clip(root, "train", "tall", 3, Grid(160, 90), 20)
    write_spot_clip(root, "public_test", "gamma", 4, Grid(90, 160), 33)
    (root / AIM24.SPLIT_FILE).write_text(json.dumps(split))
    return root


def with_short_tone(clip: Path, hz: float = 1000) -> None:
    """Put a second of a tone beside the pictures; it begins after 0.3 s."""
    with_tone(clip, hz, samples=46 * PIECE, begins_s=0.3)


@pytest.fixture
def sounding_release(spot_release: Path) -> Path:
    """The spots with three public test clips that sound, each at its own pitch, and one, `mute`, that does not."""
    for number, (name, hz) in enumerate((("delta", 400), ("epsilon", 3000), ("mute", 0)), start=5):
        write_spot_clip(spot_release, "public_test", name, number, Grid(90, 160), 20)
        if hz:
            with_short_tone(spot_release / AIM24.video(name), hz)
    with_short_tone(spot_release / AIM24.video("gamma"), 1000)
    split = json.loads((spot_release / AIM24.SPLIT_FILE).read_text())
    split["public_test"] = ["gamma", "delta", "epsilon", "mute"]
    (spot_release / AIM24.SPLIT_FILE).write_text(json.dumps(split))
    return spot_release
