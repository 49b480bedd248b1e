"""What a clip looks like, in a few numbers: spatial and temporal information and cheap company.

SI and TI are those of ITU-T Rec. P.910 on full-range 8-bit luma (0..255), in its units: grey levels.
"""

from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.video import probe, read_luma

# A cut changes the picture much, and much more than the motion around it does.
_CUT_TI = 15.0  # grey levels
_CUT_TIMES_NEIGHBOURS = 3.0
_CUT_NEIGHBOURHOOD_FRAMES = 6


@dataclass(frozen=True)
class ContentFeatures:
    """si, ti: the maximum over time, as the Recommendation has it; cuts dominate ti.

    si_mean: the mean over frames. motion: the mean of TI between cuts. brightness: mean luma, 0..255.
    cuts_per_min: changes of scene a minute, by a rule of thumb.
    """

    si: float
    ti: float
    si_mean: float
    motion: float
    brightness: float
    cuts_per_min: float

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The features' names, in order."""
        return tuple(field.name for field in fields(cls))

    def vector(self) -> NDArray[np.float64]:
        """The features in the order of `names`, float64 (F,)."""
        return np.array(astuple(self))

    def document(self) -> dict[str, float]:
        """Name → value, JSON-able."""
        return asdict(self)


def features(path: Path) -> ContentFeatures:
    """Measure a video. Raises BadInput on what cannot be read as one."""
    return features_of_frames(read_luma(path), fps=float(probe(path).fps))


def features_of_frames(frames: Iterable[NDArray[np.uint8]], fps: float) -> ContentFeatures:
    """Measure frames of luma, uint8 (H, W) each, full range, all of one size; two of them lie in memory.

    Raises BadInput when there is no frame or the picture is under 3 pixels wide or high.
    """
    si, ti, brightness = [], [], []
    before: NDArray[np.float32] | None = None
    for frame in frames:
        luma = frame.astype(np.float32)
        si.append(spatial_information(luma))
        brightness.append(float(luma.mean(dtype=np.float64)))
        if before is not None:
            ti.append(temporal_information(before, luma))
        before = luma
    if not si:
        raise BadInput("a clip without frames has no content to measure")
    change = np.array(ti)
    cut = _cuts(change)
    steady = change[~cut]
    return ContentFeatures(
        si=max(si),
        ti=float(change.max(initial=0)),
        si_mean=float(np.mean(si)),
        motion=float(steady.mean()) if steady.size else 0.0,
        brightness=float(np.mean(brightness)),
        cuts_per_min=float(cut.sum() * 60 * fps / len(si)),
    )


def spatial_information(luma: NDArray[np.float32]) -> float:
    """The standard deviation over the picture of the Sobel gradient's length; its one-pixel border is left out."""
    if min(luma.shape) < 3:
        raise BadInput(f"a picture of {luma.shape[1]}x{luma.shape[0]} pixels is too small to be measured")
    across = cv2.Sobel(luma, cv2.CV_32F, 1, 0)[1:-1, 1:-1]
    down = cv2.Sobel(luma, cv2.CV_32F, 0, 1)[1:-1, 1:-1]
    return _deviation(cv2.magnitude(across, down))


def temporal_information(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """The standard deviation over the picture of the difference between two frames."""
    return _deviation(cv2.subtract(after, before))


def _deviation(values: NDArray[Any]) -> float:
    return float(cv2.meanStdDev(values)[1][0, 0])


def _cuts(change: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which changes between neighbouring frames, by their TI (T - 1,), are cuts."""
    cut = np.zeros(len(change), dtype=bool)
    for index in np.flatnonzero(change > _CUT_TI):
        around = change[max(0, index - _CUT_NEIGHBOURHOOD_FRAMES) : index + _CUT_NEIGHBOURHOOD_FRAMES + 1]
        cut[index] = change[index] > _CUT_TIMES_NEIGHBOURS * np.median(around)
    return cut
