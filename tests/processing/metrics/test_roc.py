"""Areas under ROC curves against the slowest way to find them: every threshold, every pair."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from processing import metrics
from processing.errors import BadInput


@st.composite
def frames(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    height, width = draw(st.integers(3, 20)), draw(st.integers(3, 20))
    levels = draw(st.sampled_from([1, 2, 5, 256, 65536]))  # few levels make many ties
    count = draw(st.integers(1, height * width))
    points = np.column_stack([rng.integers(0, height, count), rng.integers(0, width, count)])
    points[0] = points[-1]
    prediction = rng.integers(0, levels, (height, width)) / max(1, levels - 1)
    if len(np.unique(points, axis=0)) == prediction.size:
        points[:] = points[0]
    return prediction, points


def without_points(prediction, points):
    free = np.ones(prediction.shape, bool)
    free[points[:, 0], points[:, 1]] = False
    return prediction[free]


@settings(max_examples=100, deadline=None)
@given(frames())
def test_auc_judd_is_its_definition_threshold_by_threshold(frame):
    prediction, points = frame
    at_points, negatives = metrics.at(prediction, points), without_points(prediction, points)
    curve = [(0.0, 0.0)]
    for threshold in sorted(set(at_points), reverse=True):
        curve.append((np.mean(negatives >= threshold), np.mean(at_points >= threshold)))
    curve.append((1.0, 1.0))
    expected = sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in itertools.pairwise(curve))
    assert metrics.auc_judd(prediction, points) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(frames())
def test_midrank_area_is_the_share_of_pairs_in_order_ties_half(frame):
    prediction, points = frame
    at_points, negatives = metrics.at(prediction, points), without_points(prediction, points)
    fixated = metrics.at(prediction, np.unique(points, axis=0))
    labels = np.r_[np.ones(len(at_points)), np.zeros(len(negatives))]
    expected = roc_auc_score(labels, np.r_[at_points, negatives])
    found = metrics.auc_midrank(metrics.Ranked.of(prediction), at_points, fixated)
    assert found == pytest.approx(expected, abs=1e-12)


def test_a_constant_map_is_chance_and_a_perfect_one_is_1():
    flat, points = np.zeros((20, 30)), np.array([[3, 4], [5, 6]])
    rng = np.random.default_rng(0)
    assert metrics.auc_judd(flat, points) == 0.5
    assert metrics.auc_midrank(metrics.Ranked.of(flat), np.zeros(2), np.zeros(2)) == 0.5
    assert metrics.auc_borji(flat, points, rng=rng) == 0.5
    assert metrics.auc_shuffled(flat, points, points, rng=rng) == 0.5
    perfect = flat.copy()
    perfect[3, 4] = perfect[5, 6] = 1
    assert metrics.auc_judd(perfect, points) == 1
    assert metrics.auc_shuffled(perfect, points, np.array([[0, 0], [1, 1]]), rng=rng) == 1


def test_sampled_areas_tend_to_the_midrank_ones():
    rng = np.random.default_rng(4)
    rows, columns = np.mgrid[:40, :60]
    prediction = np.exp(-((rows - 15) ** 2 + (columns - 30) ** 2) / 200)
    points = np.column_stack([rng.normal(15, 8, 300), rng.normal(30, 8, 300)]).clip(0, 39).astype(int)
    others = np.column_stack([rng.integers(0, 40, 500), rng.integers(0, 60, 500)])
    at_points = metrics.at(prediction, points)
    ranked, nowhere = metrics.Ranked.of(prediction), np.empty(0)
    borji = metrics.auc_borji(prediction, points, rng=rng, splits=200, step=0.001)
    assert borji == pytest.approx(metrics.auc_midrank(ranked, at_points, nowhere), abs=0.005)
    shuffled = metrics.auc_shuffled(prediction, points, others, rng=rng, splits=200, step=0.001)
    elsewhere = metrics.Ranked.of(metrics.at(prediction, others))
    assert shuffled == pytest.approx(metrics.auc_midrank(elsewhere, at_points, nowhere), abs=0.005)


def test_the_same_seed_draws_the_same_negatives():
    prediction, points = np.random.default_rng(0).random((9, 9)), np.array([[1, 2], [3, 4]])
    found = {metrics.auc_borji(prediction, points, rng=np.random.default_rng(7)) for _ in range(3)}
    assert len(found) == 1


def test_a_map_whose_every_pixel_has_a_point_is_refused():
    with pytest.raises(BadInput, match="every pixel"):
        metrics.auc_judd(np.array([[0.0, 1.0]]), np.array([[0, 0], [0, 1]]))
