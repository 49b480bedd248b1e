"""Where a made-up viewer looks in a clip whose truth nobody knows: contrast and motion near the centre.

This is no model of attention and is never scored; it gives simulated observers something better than noise to
follow in real clips, so that a demonstration's maps look like maps.
"""

from collections.abc import Iterable
from fractions import Fraction

import cv2
import numpy as np

GRID_HEIGHT = 36  # cells; fine enough to tell a face from the wall behind it
CENTRE_SIGMA_SHARE = 0.28  # of the grid's size: the centre bias of viewers
PEAKINESS = 3.0  # exponent on the map: how much stronger places win
FIXATION_MEDIAN_S = 0.6
FIXATION_SPREAD = 0.4  # of the logarithm of durations


def interest_maps(frames: Iterable[np.ndarray]) -> np.ndarray:
    """Probability of looking at each cell of each frame.

    `frames`: uint8 luma (H, W). Returns float32 (T, h, w), rows from the top, each frame summing to 1.
    """
    maps = []
    previous: np.ndarray | None = None
    for frame in frames:
        height, width = frame.shape
        size = (max(2, round(GRID_HEIGHT * width / height)), GRID_HEIGHT)
        small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        contrast = np.abs(small - cv2.GaussianBlur(small, (0, 0), 3))
        motion = np.zeros_like(small) if previous is None else np.abs(small - previous)
        previous = small
        interest = cv2.GaussianBlur(contrast + 3 * motion, (0, 0), 1.5) + 1e-3
        interest = (interest / interest.max()) ** PEAKINESS * _centre(*interest.shape)
        maps.append(interest / interest.sum())
    return np.stack(maps)


def gaze_path(
    maps: np.ndarray, *, fps: Fraction, width: int, height: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """A scanpath drawn from `interest_maps`, one place a frame.

    Returns x and y in video px of a `width` x `height` clip, float64 (T,) each.
    """
    rng = np.random.default_rng(seed)
    frames, rows, columns = maps.shape
    x, y = np.empty(frames), np.empty(frames)
    frame = 0
    while frame < frames:
        cell = rng.choice(rows * columns, p=(flat := maps[frame].ravel().astype(np.float64)) / flat.sum())
        row, column = divmod(int(cell), columns)
        length = max(1, round(rng.lognormal(np.log(FIXATION_MEDIAN_S), FIXATION_SPREAD) * float(fps)))
        x[frame : frame + length] = (column + rng.random()) * width / columns
        y[frame : frame + length] = (row + rng.random()) * height / rows
        frame += length
    return x, y


def _centre(rows: int, columns: int) -> np.ndarray:
    r = (np.arange(rows) + 0.5) / rows - 0.5
    c = (np.arange(columns) + 0.5) / columns - 0.5
    squared = r[:, None] ** 2 + c[None, :] ** 2
    return np.exp(-squared / (2 * CENTRE_SIGMA_SHARE**2)).astype(np.float32)
