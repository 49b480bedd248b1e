import numpy as np
import pytest

from processing import metrics


def test_points_are_rows_and_columns():
    frame = np.arange(12.0).reshape(3, 4)
    assert metrics.at(frame, np.array([[2, 1], [0, 3]])).tolist() == [9, 3]


def test_nss_is_the_mean_at_the_points_and_repeated_points_count_each_time():
    frame = np.arange(12.0).reshape(3, 4)
    z = metrics.zscore(frame)(frame)
    assert metrics.nss(z, np.array([[0, 0], [2, 3]])) == pytest.approx(0)
    expected = (z[0, 0] + 3 * z[2, 3]) / 4
    assert metrics.nss(z, np.array([[0, 0], [2, 3], [2, 3], [2, 3]])) == pytest.approx(expected)


def test_information_gain_counts_bits_over_the_baseline():
    prediction, baseline = np.array([[0.5, 0.25, 0.25]]), np.array([[0.25, 0.5, 0.25]])
    points = np.array([[0, 0], [0, 1], [0, 0]])
    assert metrics.information_gain(prediction, points, baseline) == pytest.approx((1 - 1 + 1) / 3)
    assert metrics.information_gain(baseline, points, baseline) == 0
