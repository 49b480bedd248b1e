"""Recordings of eye trackers, read for replaying eyes as hands.

The one layout known so far is that of Andersson et al. 2017 (Behavior Research Methods 49): MATLAB files named
OBSERVER_video_CLIP_labelled_CODER.mat beside CLIP.avi, on a 1024 x 768 px screen that the video filled.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from processing.errors import BadInput

SCREEN_WIDTH_PX, SCREEN_HEIGHT_PX = 1024, 768
NAME = re.compile(r"(?P<observer>[^_]+)_video_(?P<clip>.+)_labelled_[^_]+\.mat")
SAMPLING_RATE_HZ = 500
X_COLUMN, Y_COLUMN, LABEL_COLUMN = 3, 4, 5
BLINK = 5


@dataclass(frozen=True)
class GazeRecording:
    """One viewer's eyes on one clip. `t_us` (N,) media time; `x_share`, `y_share` (N,) 0 to 1 of the picture."""

    observer: str
    t_us: np.ndarray
    x_share: np.ndarray
    y_share: np.ndarray


def find_recordings(folder: Path) -> dict[Path, list[Path]]:
    """Clips with the recordings that belong to them, one recording an observer; raises BadInput when none."""
    found: dict[Path, dict[str, Path]] = {}
    for path in sorted(folder.glob("*.mat")):
        match = NAME.fullmatch(path.name)
        clip = folder / f"{match['clip']}.avi" if match else None
        if match and clip and clip.is_file():
            # Two coders labelled the same eyes: the samples are equal, so the first file will do.
            found.setdefault(clip, {}).setdefault(match["observer"], path)
    if not found:
        raise BadInput(f"{folder} holds no OBSERVER_video_CLIP_labelled_CODER.mat beside a CLIP.avi")
    return {clip: list(paths.values()) for clip, paths in found.items()}


def read_recordings(paths: Sequence[Path]) -> list[GazeRecording]:
    """Read eye-tracking files; samples without a position (blinks, lost eyes) are left out.

    Raises BadInput for a file that is not of the expected layout.
    """
    return [_read(path) for path in paths]


def _read(path: Path) -> GazeRecording:
    match = NAME.fullmatch(path.name)
    try:
        positions = loadmat(path)["ETdata"]["pos"][0, 0]
    except (MatReadError, KeyError, IndexError, ValueError, OSError) as error:
        raise BadInput(f"{path.name} has no ETdata.pos: {error}") from error
    if match is None or positions.ndim != 2 or positions.shape[1] <= LABEL_COLUMN:
        raise BadInput(f"{path.name}: expected six columns of samples, got shape {positions.shape}")
    t_us = np.arange(len(positions), dtype=np.int64) * (1_000_000 // SAMPLING_RATE_HZ)
    x, y = positions[:, X_COLUMN], positions[:, Y_COLUMN]
    seen = (positions[:, LABEL_COLUMN] != BLINK) & ((x != 0) | (y != 0)) & np.isfinite(x) & np.isfinite(y)
    return GazeRecording(
        observer=match["observer"],
        t_us=t_us[seen],
        x_share=x[seen] / SCREEN_WIDTH_PX,
        y_share=y[seen] / SCREEN_HEIGHT_PX,
    )
