"""Aligning and resampling the recordings of one clip."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.arithmetic.clips import FPS, HEIGHT, OBSERVERS, SECONDS, WIDTH
from benchmarks.arithmetic.timing import least_seconds
from benchmarks.table import Row
from processing.align import RawTrack, align
from processing.recipe import Recipe
from processing.resample import FrameGrid, resample

MOUSE_HZ = 1000
TARGET_MS = 50
TIMES = 40


def rows(folder: Path, *, full: bool) -> list[Row]:
    """From page clock and CSS pixels to the grid, all observers of a clip."""
    frames = round(SECONDS * FPS)
    recordings = [_recording(seed, frames, FPS) for seed in range(OBSERVERS)]
    grid = FrameGrid.of(frames, FPS, Recipe())

    def work() -> None:
        for number, recording in enumerate(recordings):
            track, _ = align(recording, f"o{number}", FPS, WIDTH, HEIGHT)
            resample(track, grid)

    took_s = least_seconds(work, TIMES)
    name = f"aligning and resampling {OBSERVERS} tracks of {SECONDS} s at {MOUSE_HZ:,} Hz"
    return [Row(name, took_s * 1000, "ms", target=TARGET_MS, better="lower")]


def _recording(seed: int, frames: int, fps: Fraction) -> RawTrack:
    """A hand that wanders at the mouse's full rate, and every frame shown at its time."""
    rng = np.random.default_rng(seed)
    begun_us = 5_000_000
    samples = SECONDS * MOUSE_HZ
    t_us = begun_us + np.arange(samples) * (1_000_000 // MOUSE_HZ)
    media_us = np.arange(frames) * 1_000_000 * fps.denominator // fps.numerator
    return RawTrack(
        sample_t_us=t_us,
        sample_x=WIDTH / 3 + np.cumsum(rng.normal(0, 0.5, samples)),
        sample_y=HEIGHT / 3 + np.cumsum(rng.normal(0, 0.5, samples)),
        sample_kind=np.zeros(samples, np.int64),
        mark_t_us=begun_us + media_us - 8_000,
        mark_t_shown_us=begun_us + media_us,
        mark_media_us=media_us,
        mark_presented=np.arange(1, frames + 1),
        viewport_t_us=np.array([begun_us - 1_000_000]),
        viewport_left=np.array([0.0]),
        viewport_top=np.array([30.0]),
        viewport_width=np.array([WIDTH / 1.5]),
        viewport_height=np.array([HEIGHT / 1.5]),
    )
