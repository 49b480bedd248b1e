"""Frames of a clip on the input grid."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from training.grid import Grid


def kept_frames(frames: int, fps: Fraction, step_s: float) -> NDArray[np.int64]:
    """Numbers of the frames nearest to every multiple of `step_s` seconds, each once, ascending."""
    step = Fraction(str(step_s)) * fps
    numbers = [int(k * step + Fraction(1, 2)) for k in range(int(frames / step) + 1)]
    return np.unique([number for number in numbers if number < frames])


def shrink(picture: NDArray[np.uint8], grid: Grid) -> NDArray[np.uint8]:
    """A picture (H, W, 3) on the input grid, by area averaging where it shrinks."""
    return np.asarray(cv2.resize(picture, (grid.width, grid.height), interpolation=cv2.INTER_AREA), np.uint8)
