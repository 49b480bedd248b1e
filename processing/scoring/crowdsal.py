"""The mode `crowdsal`: as CrowdSAL's published streaming scorer scores.

Both videos are read as 16-bit grey, not turned upright, and scaled to [0, 1] in float32; nothing is resized, and all
lengths have to agree. Sums are taken in float64 here, which is why the last digits may differ.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from processing import metrics
from processing.layouts import read_cut_fixations
from processing.metrics import Points, Ranked
from processing.scoring.baseline import Elsewhere
from processing.scoring.checks import require_one_length, require_one_size, require_points
from processing.scoring.compared import Map, compare, different
from processing.scoring.mode import COMMON_METRICS, FrameScores, Plan
from processing.scoring.tally import Tallier
from processing.video import VideoFacts
from processing.video.extraction import ExtractedFrame, Reading

# One epsilon guards every division, that of float32.
EPS = np.finfo(np.float32).eps
_TOP = 65535


class CrowdSal:
    """The mode `crowdsal`."""

    name = "crowdsal"
    metrics = COMMON_METRICS
    reading = Reading.LUMA
    needs_baseline = False
    resizes = False

    def plan(self, predicted: VideoFacts, true: VideoFacts, fixations: Path) -> Plan:
        """Refuses sizes and lengths that differ, a frame without points and points outside the picture."""
        predicted, true = _as_stored(predicted), _as_stored(true)
        require_one_size(predicted, true)
        points, cut = read_cut_fixations(fixations)
        require_one_length(true.frames, len(points))
        require_points(points, true)
        warnings = (f"fixations.json has fractions in {cut} frames: cut off, as the published scorer does",)
        return Plan(points, range(true.frames), warnings if cut else ())

    def score(
        self,
        predicted: ExtractedFrame,
        true: ExtractedFrame,
        points: Points,
        tallier: Tallier,
        elsewhere: Elsewhere | None = None,
    ) -> FrameScores:
        """AUC-Judd, CC, SIM and NSS of one frame."""
        pair = compare(predicted, true, scale=scale, tallier=tallier)
        prediction, truth, pixels = pair.prediction, pair.truth, pair.pixels
        at_points, eps = pair.at(points), float(EPS)
        z, z_true = metrics.zscore(prediction, pixels, eps=eps), metrics.zscore(truth, pixels, eps=eps)
        share = metrics.distribution(prediction, pixels, eps=eps)
        share_true = metrics.distribution(truth, pixels, eps=eps)
        return FrameScores(
            (
                auc_judd(pair.ranked, at_points, pair.at(different(points))),
                metrics.cc(z(prediction), z_true(truth), pixels, eps=eps),
                metrics.sim(share(prediction), share_true(truth), pixels),
                metrics.nss_of_values(z(at_points)),
            ),
            pair.prediction_is_constant,
            pair.truth_is_constant,
        )


def _as_stored(facts: VideoFacts) -> VideoFacts:
    """The published scorer never looks at the mark that tells how to turn a picture."""
    if facts.rotation_deg % 180 == 0:
        return facts
    return replace(facts, width=facts.height, height=facts.width)


def scale(greys: Map, low: float, high: float) -> Map:
    """``(v - min) / (max - min + eps)`` in float32; a constant map becomes all 0."""
    bottom = np.float32(low)
    return (greys.astype(np.float32) - bottom) / (np.float32(high) - bottom + EPS)


def auc_judd(ranked: Ranked, at_points: Map, at_fixated: Map) -> float:
    """`metrics.judd_area` of the map in 16 bits: what is nearer than 1/65535 is a tie. 1 when nothing is negative."""
    if ranked.pixels.sum() <= at_fixated.size:
        return 1.0
    return metrics.judd_area(
        Ranked(_sixteen_bits(ranked.values), ranked.pixels),
        _sixteen_bits(at_points),
        _sixteen_bits(at_fixated),
    )


def _sixteen_bits(values: Map) -> Map:
    return np.rint(np.clip(values, np.float32(0), np.float32(1)) * np.float32(_TOP))
