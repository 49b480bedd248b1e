"""Recordings of eye trackers: for replaying eyes as hands, for calibrating hands, for checking fixations.

The layout known so far is that of Andersson et al. 2017 (Behavior Research Methods 49): MATLAB files named
OBSERVER_video_CLIP_labelled_CODER.mat beside CLIP.avi, on a 1024 x 768 px screen that the video filled.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from processing.errors import BadInput
from processing.tracks import Track

SCREEN_WIDTH_PX, SCREEN_HEIGHT_PX = 1024, 768
SCREEN_WIDTH_M, DISTANCE_M = 0.38, 0.67
# One degree in the middle of the screen.
PX_PER_DEG = SCREEN_WIDTH_PX / SCREEN_WIDTH_M * DISTANCE_M * math.tan(math.radians(1))
NAME = re.compile(r"(?P<observer>[^_]+)_video_(?P<clip>.+)_labelled_(?P<coder>[^_]+)\.mat")
TIME_COLUMN, X_COLUMN, Y_COLUMN, LABEL_COLUMN = 0, 3, 4, 5
FIXATION, SACCADE, GLISSADE, PURSUIT, BLINK, UNDEFINED = range(1, 7)


@dataclass(frozen=True)
class GazeRecording:
    """One viewer's eyes on one clip. `t_us` (N,) media time; `x_share`, `y_share` (N,) 0 to 1 of the picture."""

    observer: str
    t_us: np.ndarray
    x_share: np.ndarray
    y_share: np.ndarray

    def track(self, width: int, height: int) -> Track:
        """The same path in px of a video of width x height px that filled the screen."""
        return Track(self.observer, self.t_us, self.x_share * width, self.y_share * height)


@dataclass(frozen=True)
class LabelledGaze:
    """One viewer's eyes with one coder's label for each sample, evenly spaced at rate_hz.

    x_px, y_px: float64 (N,) screen px, NaN where the eye was lost. label: int64 (N,), FIXATION to UNDEFINED.
    """

    observer: str
    clip: str
    coder: str
    rate_hz: int
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    label: NDArray[np.int64]


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


def find_labelled(folder: Path) -> list[Path]:
    """Every coder's file of every recording, sorted by name; raises BadInput when there is none."""
    found = sorted(path for path in folder.glob("*.mat") if NAME.fullmatch(path.name))
    if not found:
        raise BadInput(f"{folder} holds no OBSERVER_video_CLIP_labelled_CODER.mat")
    return found


def read_recordings(paths: Sequence[Path]) -> list[GazeRecording]:
    """Read eye-tracking files; samples without a position (blinks, lost eyes) are left out.

    Raises BadInput for a file that is not of the expected layout.
    """
    return [_read(path) for path in paths]


def read_labelled(path: Path) -> LabelledGaze:
    """Read one coder's file with its labels. Raises BadInput for a file that is not of the expected layout."""
    match = NAME.fullmatch(path.name)
    if match is None:
        raise BadInput(f"{path.name}: expected a name like OBSERVER_video_CLIP_labelled_CODER.mat")
    samples = _samples(path)
    if len(samples) < 2:
        raise BadInput(f"{path.name}: holds fewer than two samples")
    seen = _seen(samples)
    return LabelledGaze(
        observer=match["observer"],
        clip=match["clip"],
        coder=match["coder"],
        rate_hz=round(1e6 / float(np.median(np.diff(samples[:, TIME_COLUMN])))),
        x_px=np.where(seen, samples[:, X_COLUMN], np.nan),
        y_px=np.where(seen, samples[:, Y_COLUMN], np.nan),
        label=samples[:, LABEL_COLUMN].astype(np.int64),
    )


def _read(path: Path) -> GazeRecording:
    match = NAME.fullmatch(path.name)
    if match is None:
        raise BadInput(f"{path.name}: expected a name like OBSERVER_video_CLIP_labelled_CODER.mat")
    samples = _samples(path)
    seen = _seen(samples)
    t_us = np.rint(samples[:, TIME_COLUMN] - samples[0, TIME_COLUMN]).astype(np.int64)
    return GazeRecording(
        observer=match["observer"],
        t_us=t_us[seen],
        x_share=samples[seen, X_COLUMN] / SCREEN_WIDTH_PX,
        y_share=samples[seen, Y_COLUMN] / SCREEN_HEIGHT_PX,
    )


def _samples(path: Path) -> NDArray[np.float64]:
    """The rows of a file up to where its clock stops; the files' stated rate is not true of all of them."""
    try:
        positions = np.asarray(loadmat(path)["ETdata"]["pos"][0, 0], np.float64)
    except NotImplementedError as error:  # SciPy reads no HDF5
        raise BadInput(f"{path.name} is of MATLAB 7.3: save it with -v7") from error
    except (MatReadError, KeyError, IndexError, ValueError, TypeError, OSError) as error:
        raise BadInput(f"{path.name} has no ETdata.pos: {error}") from error
    if positions.ndim != 2 or positions.shape[1] <= LABEL_COLUMN or not len(positions):
        raise BadInput(f"{path.name}: expected six columns of samples, got shape {positions.shape}")
    # Some files end in rows of zeros that are no samples.
    runs_on = np.diff(positions[:, TIME_COLUMN]) > 0
    return positions if runs_on.all() else positions[: int(np.argmin(runs_on)) + 1]


def _seen(samples: NDArray[np.float64]) -> NDArray[np.bool_]:
    x, y = samples[:, X_COLUMN], samples[:, Y_COLUMN]
    return (samples[:, LABEL_COLUMN] != BLINK) & ((x != 0) | (y != 0)) & np.isfinite(x) & np.isfinite(y)
