"""Pictures for people: the saliency map as heat over the frame, with the fixation points on it."""

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from processing.layouts import read_fixations
from processing.video import probe, read_map, read_rgb

HEAT_OPACITY = 0.6  # of the hottest place; the rest is less, so that the picture stays visible
POINT_COLOUR = (255, 255, 255)
SHEET_HEIGHT_PX = 240  # of one frame in a contact sheet


def heat_overlay(frame: NDArray[np.uint8], saliency: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Blend a map over a frame.

    frame: uint8 (H, W, 3) RGB. saliency: (H, W), any non-negative scale; its maximum becomes the hottest colour.
    Returns uint8 (H, W, 3) RGB.
    """
    peak = float(saliency.max())
    level = saliency / peak if peak > 0 else np.zeros_like(saliency)
    heat = cv2.applyColorMap(np.rint(level * 255).astype(np.uint8), cv2.COLORMAP_TURBO)[:, :, ::-1]
    opacity = (HEAT_OPACITY * np.sqrt(level))[:, :, None]
    return np.rint(frame * (1 - opacity) + heat * opacity).astype(np.uint8)


def draw_points(picture: NDArray[np.uint8], points: NDArray[np.integer]) -> NDArray[np.uint8]:
    """A copy of an RGB picture (H, W, 3) with fixation points (N, 2), rows and columns, as small rings."""
    drawn = np.ascontiguousarray(picture).copy()
    radius = max(2, round(max(picture.shape[:2]) / 200))
    for row, column in points.tolist():
        cv2.circle(drawn, (column, row), radius, POINT_COLOUR, 1, cv2.LINE_AA)
    return drawn


def contact_sheet(video: Path, saliency: Path, fixations: Path, target: Path, *, frames: int = 6) -> None:
    """Write a PNG of `frames` overlays, evenly spread over the clip, side by side.

    Raises BadInput when one of the files cannot be read, OSError when the picture cannot be written.
    """
    total = min(probe(video).frames, probe(saliency).frames)
    chosen = sorted({round((i + 0.5) * total / frames - 0.5) for i in range(min(frames, total))})
    points = read_fixations(fixations)
    tiles = []
    pairs = zip(read_rgb(video), read_map(saliency), strict=False)
    for number, (frame, density) in enumerate(islice(pairs, chosen[-1] + 1)):
        if number in chosen:
            tiles.append(_tile(draw_points(heat_overlay(frame, density), points[number])))
    done, png = cv2.imencode(".png", cv2.hconcat(tiles)[:, :, ::-1])
    if not done:
        raise OSError(f"{target} could not be encoded as PNG")
    target.write_bytes(png.tobytes())


def _tile(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    size = (round(width * SHEET_HEIGHT_PX / height), SHEET_HEIGHT_PX)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
