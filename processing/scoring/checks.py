"""What modes ask of a clip's fixations before a frame is decoded."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.metrics import Points
from processing.video import VideoFacts


def require_points(points: Sequence[Points], facts: VideoFacts) -> None:
    """Every frame has a point and every point lies inside the picture. Raises BadInput with the first fault."""
    for fault in point_faults(points, facts):
        raise BadInput(fault)


def require_inside(points: Sequence[Points], facts: VideoFacts) -> None:
    """Every point lies inside the picture. Raises BadInput for the first frame that has one outside."""
    for fault in _faults_outside(points, facts):
        raise BadInput(fault)


def point_faults(points: Sequence[Points], facts: VideoFacts) -> Iterator[str]:
    """What keeps frames from being scored by their points, a line for each that has none, or one outside."""
    for frame, own in enumerate(points):
        if len(own) == 0:
            yield f"frame {frame} of fixations.json has no point: there is nothing to score it by"
    yield from _faults_outside(points, facts)


def _faults_outside(points: Sequence[Points], facts: VideoFacts) -> Iterator[str]:
    size = (facts.height, facts.width)
    if not len(points) or not outside(np.concatenate(points), size).any():
        return
    for frame, own in enumerate(points):
        wrong = own[outside(own, size)]
        if len(wrong):
            yield (
                f"frame {frame} of fixations.json has the point [{wrong[0][0]}, {wrong[0][1]}] outside the "
                f"{facts.width}x{facts.height} picture"
            )


def outside(points: Points, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which points (row, col) lie outside a picture of (height, width), bool (N,)."""
    return np.any((points < 0) | (points >= size), axis=1)


def list_length_warnings(frames: int, listed: int) -> Iterator[str]:
    """A list of another length than the videos, where that is scored: the shorter of both decides."""
    if listed < frames:
        yield f"fixations.json lists {listed} frames of {frames}: the published scorer scores only as many"
    if listed > frames:
        yield f"fixations.json lists more frames than the {frames} of the videos: the rest is not used"


def require_one_size(predicted: VideoFacts, true: VideoFacts) -> None:
    """Both videos have one size. Raises BadInput."""
    if (predicted.width, predicted.height) != (true.width, true.height):
        raise BadInput(
            f"the prediction's pictures are {predicted.width}x{predicted.height}, the truth's {true.width}x"
            f"{true.height}: this mode resizes nothing, export the prediction at the truth's size"
        )


def require_one_length(frames: int, listed: int) -> None:
    """fixations.json lists as many frames as the videos have. Raises BadInput."""
    if listed != frames:
        raise BadInput(f"fixations.json lists {listed} frames, the videos have {frames}: make them the same")
