"""The mode `compatible`: as the published AIM24 and NTIRE26 scorer scores.

Both videos are seen as FFmpeg extracts them to pictures, each frame is scaled to [0, 1], the prediction is resized
to the truth's size bilinearly after that, and the four metrics are averaged over the frames. The scorer's habits
that move numbers are kept: pictures are paired with fixations in the text order of their file names, the shorter of
both decides how many are scored, and AUC-Judd knows no ties. Where it would die, the clip is refused with the reason.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from processing import metrics
from processing.errors import BadInput
from processing.layouts import picture_name, read_fixations
from processing.metrics import Points, Ranked
from processing.scoring.baseline import Elsewhere
from processing.scoring.checks import list_length_warnings, require_points
from processing.scoring.compared import Map, compare
from processing.scoring.mode import COMMON_METRICS, FrameScores, Plan
from processing.scoring.tally import Tallier
from processing.video import VideoFacts
from processing.video.extraction import ExtractedFrame, Reading

# The published scorer guards min-max by the float32 machine epsilon and everything else by 1e-7.
MINMAX_EPS = float(np.finfo(np.float32).eps)
SCORER_EPS = 1e-7

# Pictures are named %03d.png: three digits hold their order as text up to here.
LAST_ORDERED_FRAME = 999


class Compatible:
    """The mode `compatible`."""

    name = "compatible"
    metrics = COMMON_METRICS
    reading = Reading.PICTURES
    needs_baseline = False
    resizes = True

    def plan(self, predicted: VideoFacts, true: VideoFacts, fixations: Path) -> Plan:
        """Refuses an empty list, a scored frame without points and points outside the picture."""
        points = read_fixations(fixations)[: true.frames + 1]
        scored = points[: true.frames]
        if not scored:
            raise BadInput("fixations.json holds no frame")
        require_points(scored, true)
        return Plan(scored, text_order_positions(true.frames), tuple(_warnings(predicted, true, len(points))))

    def score(
        self,
        predicted: ExtractedFrame,
        true: ExtractedFrame,
        points: Points,
        tallier: Tallier,
        elsewhere: Elsewhere | None = None,
    ) -> FrameScores:
        """AUC-Judd, CC, SIM and NSS of one frame."""
        pair = compare(predicted, true, scale=scale, tallier=tallier, resize=_resize)
        prediction, truth, pixels = pair.prediction, pair.truth, pair.pixels
        at_points = pair.at(points)
        z = metrics.zscore(prediction, pixels, eps=SCORER_EPS)
        z_true = metrics.zscore(truth, pixels, eps=SCORER_EPS)
        share = metrics.distribution(prediction, pixels, eps=SCORER_EPS)
        share_true = metrics.distribution(truth, pixels, eps=SCORER_EPS)
        return FrameScores(
            (
                auc_judd(pair.ranked, at_points, points),
                metrics.cc(z(prediction), z_true(truth), pixels, eps=SCORER_EPS),
                metrics.sim(share(prediction), share_true(truth), pixels),
                metrics.nss_of_values(z(at_points)),
            ),
            pair.prediction_is_constant,
            pair.truth_is_constant,
        )


def scale(greys: Map, low: float, high: float) -> Map:
    """``(v - min) / (max - min + eps)``; a constant map becomes all 0."""
    return metrics.minmax(low, high, eps=MINMAX_EPS)(greys)


def auc_judd(ranked: Ranked, at_points: Map, points: Points) -> float:
    """AUC-Judd with the published scorer's own count of negatives, and without its ties.

    Thresholds are the prediction's values at the N points, highest first. At the i-th, ``tp = i / N`` and
    ``fp = (count(prediction >= threshold) - i) / (H * W - U)``; (0, 0) and (1, 1) close the curve, trapezoids
    measure it. U is meant to count distinct fixations, but the published code counts distinct *columns* of
    the (N, 2) array: 1 when every row equals its column, else 2. Equal values get no mid-rank: a flat map
    scores about 0, not 0.5. Both are kept so that the numbers agree with the published boards.

    Raises BadInput when the map has no more than U pixels.
    """
    negatives = int(ranked.pixels.sum()) - distinct_columns(points)
    if negatives <= 0:
        raise BadInput("a map of one or two pixels is too small to be scored")
    count = len(at_points)
    hits = np.arange(1, count + 1)
    not_below = ranked.not_below(np.sort(at_points)[::-1])
    return metrics.area((not_below - hits) / negatives, hits / count)


def distinct_columns(points: Points) -> int:
    """How many distinct columns the (N, 2) array of points has: the published scorer's U, 1 or 2."""
    return 1 if np.array_equal(points[:, 0], points[:, 1]) else 2


def text_order_positions(frames: int) -> Sequence[int]:
    """For each frame its place among the picture names sorted as text: with which fixations it is paired.

    Up to 999 frames that is its own number; the thousandth picture sorts right behind the hundredth.
    """
    if frames <= LAST_ORDERED_FRAME:
        return range(frames)
    by_name = sorted(range(frames), key=picture_name)
    positions = [0] * frames
    for position, frame in enumerate(by_name):
        positions[frame] = position
    return positions


def _resize(prediction: Map, shape: tuple[int, int]) -> Map:
    return np.asarray(cv2.resize(prediction, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float64)


def _warnings(predicted: VideoFacts, true: VideoFacts, listed: int) -> Iterator[str]:
    yield from list_length_warnings(true.frames, listed)
    if (predicted.width, predicted.height) != (true.width, true.height):
        yield (
            f"the prediction's pictures are {predicted.width}x{predicted.height}, the truth's {true.width}x"
            f"{true.height}: resized bilinearly after the scaling to [0, 1], as the published scorer does"
        )
    if not (predicted.constant_rate and true.constant_rate):
        yield (
            "the frame rate varies: the published scorer's extraction repeats or drops pictures of such a video, "
            "here every frame counts once"
        )
    if true.frames > LAST_ORDERED_FRAME:
        yield (
            f"{true.frames} frames: past frame {LAST_ORDERED_FRAME} the published scorer pairs pictures with "
            "fixations in text order, so these scores are not what the prediction deserves"
        )
