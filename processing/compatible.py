"""The mode `compatible`: one clip scored as the published AIM24 and NTIRE26 scorer scores it.

Both videos are seen as FFmpeg extracts them, each frame is scaled to [0, 1], the prediction is resized to the
truth's size bilinearly after that, and the four metrics are averaged over the frames. The scorer's habits that
move numbers are kept: pictures are paired with fixations in the text order of their file names, and the
shorter of both decides how many are scored. Where it would die, the clip is refused with the reason.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from processing import metrics
from processing.errors import BadInput
from processing.layouts import AIM24, Points, read_fixations
from processing.video import VideoFacts, probe
from processing.video.extraction import ExtractedFrame, read_extracted

# Pictures are named %03d.png: three digits hold their order as text up to here.
LAST_ORDERED_FRAME = 999


@dataclass(frozen=True)
class ClipScores:
    """The means over a clip's frames, how many were scored, and what a reader of the scores must know."""

    scores: dict[str, float]
    frames: int
    warnings: tuple[str, ...] = ()


def score_clip(
    prediction: Path, truth: Path, fixations: Path, frame_scored: Callable[[], None] = lambda: None
) -> ClipScores:
    """Score one clip: two videos and a ``fixations.json``. Bounded memory, nothing written.

    Raises BadInput with the plain reason for a missing or broken file, unequal numbers of frames, a frame
    without points and a point outside the picture.
    """
    facts = _agreed_facts(prediction, truth)
    with _named("fixations"):
        points = read_fixations(_existing(fixations))
    scored = min(len(points), facts.frames)
    if scored == 0:
        raise BadInput("fixations.json holds no frame")
    for frame in range(scored):
        _check_points(points[frame], frame, facts.height, facts.width)

    turns = text_order_positions(facts.frames)
    scores = np.empty((scored, len(metrics.METRICS)))
    for turn, (predicted, true) in zip(turns, _paired(prediction, truth, facts.frames), strict=True):
        if turn < scored:
            scores[turn] = score_frame(predicted, true, points[turn])
        frame_scored()
    means = dict(zip(metrics.METRICS, scores.mean(axis=0).tolist(), strict=True))
    return ClipScores(means, scored, tuple(_warnings(facts.frames, len(points))))


def score_frame(predicted: ExtractedFrame, true: ExtractedFrame, points: Points) -> tuple[float, ...]:
    """The metrics of one frame in the order of `metrics.METRICS`."""
    prediction_levels, truth_levels = scaled_levels(predicted), scaled_levels(true)
    prediction = prediction_levels[predicted.codes]
    truth = truth_levels[true.codes]
    if prediction.shape == truth.shape:
        auc_judd = _auc_judd_of_levels(prediction_levels, predicted.codes, points)
    else:
        prediction = cv2.resize(prediction, truth.shape[::-1], interpolation=cv2.INTER_LINEAR)
        auc_judd = metrics.auc_judd(prediction, points)
    return (
        auc_judd,
        metrics.cc(prediction, truth),
        metrics.sim(prediction, truth),
        metrics.nss(prediction, points),
    )


def scaled_levels(frame: ExtractedFrame) -> NDArray[np.float64]:
    """`metrics.minmax` of the frame by code, float64 (L,): the few levels are scaled, not the many pixels."""
    low, high = frame.greys[frame.codes.min()], frame.greys[frame.codes.max()]
    return (frame.greys - low) / (high - low + metrics.MINMAX_EPS)


def _auc_judd_of_levels(
    levels: NDArray[np.float64], codes: NDArray[np.unsignedinteger], points: Points
) -> float:
    """`metrics.auc_judd` of ``levels[codes]``: pixels are counted a level instead of sorted."""
    not_below = np.bincount(codes.ravel(), minlength=len(levels))[::-1].cumsum()[::-1]
    # Several codes may mean one level (what was clipped): the first of them counts all.
    first_code = np.searchsorted(levels, levels[codes[points[:, 0], points[:, 1]]], side="left")
    return metrics.judd_area(not_below[first_code], codes.size - metrics.distinct_columns(points))


def text_order_positions(frames: int) -> Sequence[int]:
    """For each frame its place among the picture names sorted as text: with which fixations it is paired.

    Up to 999 frames that is its own number; the thousandth picture sorts right behind the hundredth.
    """
    if frames <= LAST_ORDERED_FRAME:
        return range(frames)
    by_name = sorted(range(frames), key=AIM24.picture_name)
    positions = [0] * frames
    for position, frame in enumerate(by_name):
        positions[frame] = position
    return positions


def _agreed_facts(prediction: Path, truth: Path) -> VideoFacts:
    with _named("prediction"):
        predicted = probe(_existing(prediction))
    with _named("truth"):
        facts = probe(_existing(truth))
    if predicted.frames != facts.frames:
        raise BadInput(
            f"the prediction has {predicted.frames} frames and the truth {facts.frames}: make both the same"
        )
    return facts


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Prediction and truth share one file name; a reason says which of them it means."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{what}: {error}") from error


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise BadInput(f"there is no {path.name}")
    return path


def _check_points(points: Points, frame: int, height: int, width: int) -> None:
    if len(points) == 0:
        raise BadInput(f"frame {frame} of fixations.json has no point: there is nothing to score it by")
    outside = (points < 0).any(axis=1) | (points >= (height, width)).any(axis=1)
    if outside.any():
        row, column = points[outside][0]
        raise BadInput(
            f"frame {frame} of fixations.json has the point [{row}, {column}] outside the {width}x{height} picture"
        )


def _paired(prediction: Path, truth: Path, frames: int) -> Iterator[tuple[ExtractedFrame, ExtractedFrame]]:
    """The frames of both videos side by side, exactly as many as were announced."""
    counts = [0, 0]
    for pair in zip_longest(_frames_of(prediction, "prediction"), _frames_of(truth, "truth")):
        counts = [count + (frame is not None) for count, frame in zip(counts, pair, strict=True)]
        if counts[0] != counts[1]:
            broken = "prediction" if pair[0] is None else "truth"
            raise BadInput(f"the {broken} breaks off after {min(counts)} frames")
        if counts[0] > frames:
            raise BadInput(f"both videos decode to more frames than the {frames} they announce")
        yield pair
    if counts[0] < frames:
        raise BadInput(f"both videos decode to {counts[0]} frames but announce {frames}")


def _frames_of(video: Path, what: str) -> Iterator[ExtractedFrame]:
    with _named(what):
        yield from read_extracted(video)


def _warnings(frames: int, listed: int) -> Iterator[str]:
    if listed < frames:
        yield f"fixations.json lists {listed} frames of {frames}: the published scorer scores only as many"
    if listed > frames:
        yield f"fixations.json lists {listed} frames, the videos have {frames}: the rest is not used"
    if frames > LAST_ORDERED_FRAME:
        yield (
            f"{frames} frames: past frame {LAST_ORDERED_FRAME} the published scorer pairs pictures with "
            "fixations in text order, so these scores are not what the prediction deserves"
        )
