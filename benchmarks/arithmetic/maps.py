"""The map of one Full HD frame against the blurs that libraries offer, and how exact it is."""

from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage

from benchmarks.arithmetic.clips import HEIGHT, WIDTH
from benchmarks.arithmetic.timing import least_seconds
from benchmarks.table import Row
from processing.maps import TOP_LEVEL, MapMaker
from processing.recipe import Recipe

POINTS = 233  # of one frame at 30 frames a second: 70 observers at 100 Hz
TIMES, LIBRARY_TIMES = 41, 5


def rows(folder: Path, *, full: bool) -> list[Row]:
    """Speed against both blurs, and the error in steps of ten bits."""
    rng = np.random.default_rng(0)
    middle, spread = (WIDTH / 2, HEIGHT / 2), (WIDTH / 8, HEIGHT / 8)
    points = np.clip(rng.normal(middle, spread, (POINTS, 2)), 0, (WIDTH - 1, HEIGHT - 1)).astype(np.int64)
    sigma_px = Recipe().sigma_for(WIDTH, HEIGHT)
    maker = MapMaker(WIDTH, HEIGHT, sigma_px)
    impulses = np.zeros((HEIGHT, WIDTH), np.float32)
    np.add.at(impulses, (points[:, 1], points[:, 0]), 1)
    ours_s = least_seconds(lambda: maker.levels(points), TIMES)
    scipy_s = least_seconds(
        lambda: ndimage.gaussian_filter(impulses, sigma_px, mode="constant"), LIBRARY_TIMES
    )
    opencv_s = least_seconds(
        lambda: cv2.GaussianBlur(impulses, (0, 0), sigma_px, borderType=cv2.BORDER_CONSTANT), LIBRARY_TIMES
    )
    density = maker.density(points)
    exact = (density - density.min()) / np.ptp(density) * TOP_LEVEL
    error = float(np.abs(maker.levels(points) - exact).max())
    name = f"map of one Full HD frame, {POINTS} points, sigma {sigma_px:g} px"
    return [
        Row(name, 1 / ours_s, "maps/s", "scipy.ndimage.gaussian_filter", scipy_s / ours_s, 100),
        Row(name, 1 / ours_s, "maps/s", "cv2.GaussianBlur", opencv_s / ours_s, 40),
        Row(
            f"{name}, error beyond rounding",
            max(0.0, error - 0.5),
            "steps of 10 bits",
            target=0.5,
            better="lower",
        ),
    ]
