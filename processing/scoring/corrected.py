"""The mode `corrected`: the field's metrics as they are defined, with the published scorers' faults mended.

Its rules, so that a number can be made again from them:

- Frames are 16-bit grey, upright, scaled to [0, 1] without an epsilon. A prediction of another size is resized to the
  truth's first, by area where it is larger both ways and bilinearly otherwise.
- Frame n is scored by entry n of the list, however many there are. A frame without points has no AUC, NSS and
  information gain, and does not count in their means; it counts in the others.
- A constant prediction knows nothing: CC and NSS 0, AUC 0.5, and for SIM, KLD, EMD and information gain it is the
  uniform distribution. A constant truth is refused: no metric of two maps means anything beside it.
- AUC-Judd, AUC-Borji and shuffled AUC are probabilities, that a point's value beats a negative's, ties counting half:
  what the sampled definitions tend to with more splits and finer steps. Negatives are all pixels without a point, all
  pixels, and the points of the other clips.
- Information gain is held against the density of the other clips' points (`baseline`). A clip alone has neither it
  nor shuffled AUC.
- EMD is that of both maps averaged over a grid of 12 cells the longer side, as a share of that side.
"""

import math
from pathlib import Path

import cv2
import numpy as np

from processing import metrics
from processing.errors import BadInput
from processing.layouts import read_fixations
from processing.metrics import Points, Ranked
from processing.scoring.baseline import Elsewhere
from processing.scoring.checks import require_inside, require_one_length
from processing.scoring.compared import Map, compare, different, scaled
from processing.scoring.mode import COMMON_METRICS, FrameScores, Plan
from processing.scoring.tally import Tallier
from processing.video import VideoFacts
from processing.video.extraction import ExtractedFrame, Reading

# Two dense maps on 12x12 cells take 7 ms, on 16x16 already 60.
_EMD_GRID = 12
_NO_PIXELS = np.empty(0)


class Corrected:
    """The mode `corrected`."""

    name = "corrected"
    metrics = (*COMMON_METRICS, "kld", "auc_borji", "sauc", "ig", "emd")
    reading = Reading.UPRIGHT_LUMA
    needs_baseline = True
    resizes = True

    def plan(self, predicted: VideoFacts, true: VideoFacts, fixations: Path) -> Plan:
        """Refuses fractions, a list of another length than the videos, points outside, and a list without points."""
        points = read_fixations(fixations)
        require_one_length(true.frames, len(points))
        require_inside(points, true)
        empty = sum(len(own) == 0 for own in points)
        if empty == len(points):
            raise BadInput("fixations.json holds no point at all: there is nothing to score by")
        warnings = []
        if empty:
            warnings.append(
                f"{empty} of {len(points)} frames have no points: they count in the metrics of maps only"
            )
        if (predicted.width, predicted.height) != (true.width, true.height):
            warnings.append(
                f"the prediction's pictures are {predicted.width}x{predicted.height}, the truth's {true.width}x"
                f"{true.height}: resized before the scaling to [0, 1]"
            )
        return Plan(points, range(true.frames), tuple(warnings))

    def score(
        self,
        predicted: ExtractedFrame,
        true: ExtractedFrame,
        points: Points,
        tallier: Tallier,
        elsewhere: Elsewhere | None,
    ) -> FrameScores:
        """The nine metrics of one frame. Raises BadInput when the truth is constant."""
        pair = compare(predicted, true, scale=scale, tallier=tallier, resize=_resize)
        if pair.truth_is_constant:
            raise BadInput("the truth is constant: there is nothing to compare a prediction with")
        prediction, truth, pixels = pair.prediction, pair.truth, pair.pixels
        z, z_true = metrics.zscore(prediction, pixels), metrics.zscore(truth, pixels)
        likely = _likely(prediction)
        share, share_true = metrics.distribution(likely, pixels), metrics.distribution(truth, pixels)
        shares, true_shares = share(likely), share_true(truth)
        auc_judd = nss = auc_borji = sauc = gain = math.nan
        if len(points):
            at_points = pair.at(points)
            auc_judd = metrics.auc_midrank(pair.ranked, at_points, pair.at(different(points)))
            auc_borji = metrics.auc_midrank(pair.ranked, at_points, _NO_PIXELS)
            nss = metrics.nss_of_values(z(at_points))
            if elsewhere is not None:
                sauc = metrics.auc_midrank(Ranked.of(pair.at(elsewhere.points)), at_points, _NO_PIXELS)
                at_baseline = metrics.at(elsewhere.density, points)
                uniform = np.ones_like(at_points) if pair.prediction_is_constant else at_points
                gain = metrics.information_gain_of_values(share(uniform), at_baseline)
        return FrameScores(
            (
                auc_judd,
                metrics.cc(z(prediction), z_true(truth), pixels),
                metrics.sim(shares, true_shares, pixels),
                nss,
                metrics.kld(shares, true_shares, pixels),
                auc_borji,
                sauc,
                gain,
                _emd(predicted, true),
            ),
            pair.prediction_is_constant,
            pair.truth_is_constant,
        )


def scale(greys: Map, low: float, high: float) -> Map:
    """``(v - min) / (max - min)``; a constant map becomes all 0."""
    return metrics.minmax(low, high)(greys)


def _resize(prediction: Map, shape: tuple[int, int]) -> Map:
    height, width = shape
    shrinks = prediction.shape[0] >= height and prediction.shape[1] >= width
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = np.asarray(cv2.resize(prediction, (width, height), interpolation=interpolation), np.float64)
    return scale(resized, resized.min(), resized.max())


def _likely(prediction: Map) -> Map:
    """The prediction as something to divide by its sum: uniform where it says nothing."""
    return prediction if prediction.any() else np.ones_like(prediction)


def _emd(predicted: ExtractedFrame, true: ExtractedFrame) -> float:
    height, width = true.codes.shape
    cells = _EMD_GRID / max(height, width)
    size = max(1, round(width * cells)), max(1, round(height * cells))
    prediction, truth = (
        np.asarray(cv2.resize(scaled(frame, scale), size, interpolation=cv2.INTER_AREA), np.float64)
        for frame in (predicted, true)
    )
    return metrics.emd(_likely(prediction), truth) / _EMD_GRID
