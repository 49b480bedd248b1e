"""The mode of one's own boards: each of its rules."""

import math

import cv2
import numpy as np
import pytest
from scipy.stats import entropy, pearsonr
from sklearn.metrics import roc_auc_score

from processing import metrics
from processing.errors import BadInput
from processing.scoring.baseline import Baseline
from processing.scoring.corrected import Corrected
from processing.scoring.tally import Tallier
from processing.video.extraction import ExtractedFrame

GREYS = np.arange(1024.0) * 64


def frame(codes):
    return ExtractedFrame(np.asarray(codes).astype(np.uint16), GREYS)


@pytest.fixture
def scored():
    """One frame of 36x64 with 25 points, and what the mode says of it by metric."""
    rng = np.random.default_rng(2)
    prediction, truth = rng.integers(0, 1024, (36, 64)), rng.integers(0, 1024, (36, 64))
    points = np.column_stack([rng.integers(0, 36, 25), rng.integers(0, 64, 25)])
    elsewhere = Baseline(rng.random((50, 2))).within(36, 64)
    found = Corrected().score(frame(prediction), frame(truth), points, Tallier(), elsewhere)
    return prediction, truth, points, elsewhere, dict(zip(Corrected.metrics, found.metrics, strict=True))


def test_metrics_of_two_maps_are_the_textbooks(scored):
    prediction, truth, _, _, found = scored
    p, t = ((codes - codes.min()) / np.ptp(codes) for codes in (prediction, truth))
    assert found["cc"] == pytest.approx(pearsonr(p.ravel(), t.ravel()).statistic)
    p, t = p / p.sum(), t / t.sum()
    assert found["sim"] == pytest.approx(np.minimum(p, t).sum())
    assert found["kld"] == pytest.approx(entropy(t.ravel(), p.ravel() + metrics.LOG_EPS), rel=1e-6)
    cells = [cv2.resize(values, (12, 7), interpolation=cv2.INTER_AREA) for values in (p, t)]
    assert found["emd"] == pytest.approx(metrics.emd(*cells) / 12, rel=1e-4)


def test_metrics_at_points_are_the_textbooks_with_ties_at_mid_rank(scored):
    prediction, _, points, elsewhere, found = scored
    at_points = metrics.at(prediction, points)
    free = np.ones(prediction.shape, bool)
    free[points[:, 0], points[:, 1]] = False
    negatives = {
        "auc_judd": prediction[free],
        "auc_borji": prediction.ravel(),
        "sauc": metrics.at(prediction, elsewhere.points),
    }
    for metric, values in negatives.items():
        labels = np.r_[np.ones(len(at_points)), np.zeros(len(values))]
        assert found[metric] == pytest.approx(roc_auc_score(labels, np.r_[at_points, values])), metric
    assert found["nss"] == pytest.approx((at_points.mean() - prediction.mean()) / prediction.std())
    share = (prediction - prediction.min()) / (prediction - prediction.min()).sum()
    assert found["ig"] == pytest.approx(metrics.information_gain(share, points, elsewhere.density))


def test_a_constant_prediction_knows_nothing():
    truth, points = np.arange(36 * 64).reshape(36, 64) % 1024, np.array([[1, 2], [30, 40]])
    elsewhere = Baseline(np.random.default_rng(0).random((50, 2))).within(36, 64)
    found = Corrected().score(frame(np.full((36, 64), 700)), frame(truth), points, Tallier(), elsewhere)
    by_name = dict(zip(Corrected.metrics, found.metrics, strict=True))
    assert found.prediction_is_constant
    assert by_name["cc"] == by_name["nss"] == 0
    assert by_name["auc_judd"] == by_name["auc_borji"] == by_name["sauc"] == 0.5
    uniform, t = np.full((36, 64), 1 / (36 * 64)), truth / truth.sum()
    assert by_name["sim"] == pytest.approx(np.minimum(uniform, t).sum())
    assert by_name["kld"] == pytest.approx(metrics.kld(uniform, t))
    assert by_name["ig"] == pytest.approx(metrics.information_gain(uniform, points, elsewhere.density))


def test_rounding_a_good_map_to_eight_bits_hardly_moves_its_area():
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:90, :160]
    good = np.exp(-((rows - 45) ** 2 + (columns - 80) ** 2) / 300) * 1023
    points = np.column_stack([rng.normal(45, 12, 60), rng.normal(80, 12, 60)]).astype(int).clip(0, 89)
    areas = [
        Corrected().score(frame(codes), frame(good), points, Tallier(), None).metrics[0]
        for codes in (good, np.floor(good / 4) * 4)
    ]
    assert areas[0] == pytest.approx(areas[1], abs=0.003)


def test_a_frame_without_points_counts_in_the_metrics_of_maps_only(make_pair):
    made = make_pair()
    whole = made.write().score("corrected")
    made.fixations[1] = []
    found = made.write().score("corrected")
    assert found.curves["auc_judd"][1] is None and found.curves["nss"][1] is None
    assert found.curves["cc"] == whole.curves["cc"]
    others = [value for value in whole.curves["nss"] if value != whole.curves["nss"][1]]
    assert found.scores["nss"] == pytest.approx(np.mean(others))
    assert "1 of 4 frames have no points" in found.warnings[0]


def test_a_clip_alone_has_neither_shuffled_area_nor_information_gain(make_pair):
    alone = make_pair().write().score("corrected")
    assert alone.scores["sauc"] is None and alone.scores["ig"] is None
    assert any("no other clip" in warning for warning in alone.warnings)
    baseline = Baseline(np.random.default_rng(0).random((40, 2)))
    among = make_pair().write().score("corrected", baseline=baseline)
    assert among.warnings == ()
    assert 0 < among.scores["sauc"] < 1 and math.isfinite(among.scores["ig"])


@pytest.mark.parametrize("size", [(18, 32), (72, 128), (18, 128)])
def test_a_prediction_of_another_size_is_resized_and_said(make_pair, size):
    made = make_pair(predicted_size=size)
    found = made.write().score("corrected")
    assert found.warnings[0].startswith(f"the prediction's pictures are {size[1]}x{size[0]}")
    assert all(value is None or math.isfinite(value) for value in found.scores.values())


@pytest.mark.long
def test_past_999_frames_every_frame_keeps_its_own_points(make_pair):
    made = make_pair(frames=1010, size=(8, 48))
    found = made.write().score("corrected")
    made.fixations[1005] = [[0, 0]]
    moved = made.write().score("corrected")
    changed = [
        frame
        for frame, (a, b) in enumerate(zip(found.curves["nss"], moved.curves["nss"], strict=True))
        if a != b
    ]
    assert changed == [1005]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda clip: clip.truths.__setitem__(2, np.full((36, 64), 5)), "frame 2: the truth is constant"),
        (lambda clip: clip.fixations[1].append([1.5, 2]), "pairs of whole numbers"),
        (lambda clip: clip.fixations.pop(), "lists 3 frames, the videos have 4"),
        (lambda clip: clip.fixations.append([[0, 0]]), "lists 5 frames, the videos have 4"),
        (lambda clip: clip.fixations.__setitem__(slice(None), [[]] * 4), "no point at all"),
        (lambda clip: clip.fixations[1].append([36, 0]), r"the point \[36, 0\] outside"),
    ],
)
def test_what_cannot_be_corrected_is_refused(make_pair, spoil, reason):
    clip = make_pair()
    spoil(clip)
    clip.write()
    with pytest.raises(BadInput, match=reason):
        clip.score("corrected")
