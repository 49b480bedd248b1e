"""The metrics against a slow copy of the published rules, written down formula by formula."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing import metrics
from processing.errors import BadInput


def naive_scores(prediction, truth, points):
    """Every rule as it stands in the description of the published scorer, one pixel pass per threshold."""

    def zscore(m):
        return (m - m.mean()) / (m.std() + 1e-7)

    a, b = zscore(prediction), zscore(truth)
    cc = (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-7)
    sim = np.minimum(prediction / (prediction.sum() + 1e-7), truth / (truth.sum() + 1e-7)).sum()
    nss = np.mean([a[row, col] for row, col in points])
    thresholds = sorted((prediction[row, col] for row, col in points), reverse=True)
    n = len(thresholds)
    unique_columns = len({tuple(points[:, 0]), tuple(points[:, 1])})
    possible = prediction.size + n - unique_columns
    curve = [(0.0, 0.0)]
    for i, threshold in enumerate(thresholds, start=1):
        curve.append((((prediction >= threshold).sum() - i) / (possible - n), i / n))
    curve.append((1.0, 1.0))
    auc = sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in itertools.pairwise(curve))
    return {"auc_judd": auc, "cc": cc, "sim": sim, "nss": nss}


def fast_scores(prediction, truth, points):
    return {
        "auc_judd": metrics.auc_judd(prediction, points),
        "cc": metrics.cc(prediction, truth),
        "sim": metrics.sim(prediction, truth),
        "nss": metrics.nss(prediction, points),
    }


@st.composite
def scored_frames(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    height, width = draw(st.integers(2, 30)), draw(st.integers(2, 30))
    levels = draw(st.sampled_from([2, 5, 256, 65536]))  # few levels make many ties
    prediction = metrics.minmax(rng.integers(0, levels, (height, width)))
    truth = metrics.minmax(rng.integers(0, levels, (height, width)))
    count = draw(st.integers(1, 40))
    points = np.column_stack([rng.integers(0, height, count), rng.integers(0, width, count)])
    return prediction, truth, points


@settings(max_examples=150, deadline=None)
@given(scored_frames())
def test_all_four_equal_the_slow_copy_of_the_rules(frame):
    expected = naive_scores(*frame)
    for name, value in fast_scores(*frame).items():
        assert value == pytest.approx(expected[name], rel=1e-9, abs=1e-12), name


@settings(max_examples=50, deadline=None)
@given(scored_frames())
def test_a_positive_scale_and_an_offset_change_nothing_after_minmax(frame):
    prediction, truth, points = frame
    moved = metrics.minmax(prediction * 3.5 + 11)
    if prediction.max() == prediction.min():
        return
    before, after = fast_scores(prediction, truth, points), fast_scores(moved, truth, points)
    for name in ("cc", "sim", "nss"):
        assert after[name] == pytest.approx(before[name], rel=1e-5, abs=1e-6)


def test_a_map_against_itself_is_perfect():
    m = metrics.minmax(np.arange(12.0).reshape(3, 4))
    assert metrics.cc(m, m) == pytest.approx(1)
    assert metrics.sim(m, m) == pytest.approx(1)


def test_repeated_points_count_each_time():
    m = metrics.minmax(np.arange(12.0).reshape(3, 4))
    once = metrics.nss(m, np.array([[0, 0], [2, 3]]))
    thrice = metrics.nss(m, np.array([[0, 0], [2, 3], [2, 3], [2, 3]]))
    assert thrice > once


def test_a_constant_prediction_scores_nothing_and_nearly_no_auc():
    flat = metrics.minmax(np.full((40, 50), 7))
    truth = metrics.minmax(np.arange(2000.0).reshape(40, 50))
    points = np.column_stack([np.arange(40), np.arange(40)[::-1]])
    assert not flat.any()
    assert metrics.cc(flat, truth) == metrics.sim(flat, truth) == metrics.nss(flat, points) == 0
    assert metrics.auc_judd(flat, points) < 0.03  # the published scorer has no mid-ranks


def test_distinct_columns_are_counted_and_not_distinct_points():
    assert metrics.distinct_columns(np.array([[1, 1], [5, 5], [9, 9]])) == 1
    assert metrics.distinct_columns(np.array([[1, 1], [1, 1], [9, 8]])) == 2


def test_a_map_of_two_pixels_cannot_be_scored():
    with pytest.raises(BadInput, match="too small"):
        metrics.auc_judd(np.array([[0.0, 1.0]]), np.array([[0, 1]]))
