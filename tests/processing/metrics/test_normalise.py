import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing import metrics


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.sampled_from([0.0, 1e-7]))
def test_each_scaling_does_what_its_formula_says(numbers, eps):
    values = np.array(numbers)
    if np.ptp(values) < 1e-3:
        return
    spread = values.max() - values.min()
    to_unit = metrics.minmax(values.min(), values.max(), eps=eps)
    assert to_unit(values) == pytest.approx((values - values.min()) / (spread + eps))
    z = metrics.zscore(values, eps=eps)(values)
    assert z == pytest.approx((values - values.mean()) / (values.std() + eps), abs=1e-6)
    positive = values - values.min()
    assert metrics.distribution(positive, eps=eps)(positive) == pytest.approx(
        positive / (positive.sum() + eps)
    )


@pytest.mark.parametrize("eps", [0.0, 1e-7])
def test_a_constant_map_becomes_all_0(eps):
    flat = np.full((3, 4), 7.0)
    for scaling in (metrics.minmax(7.0, 7.0, eps=eps), metrics.zscore(flat, eps=eps)):
        assert not scaling(flat).any()


def test_an_empty_map_stays_all_0_as_a_distribution():
    nothing = np.zeros((3, 4))
    assert not metrics.distribution(nothing)(nothing).any()


def test_sums_of_single_precision_are_taken_in_double():
    values = np.full(10_000_000, 0.1, np.float32)
    assert metrics.distribution(values).scale == pytest.approx(
        float(np.float32(0.1)) * values.size, rel=1e-12
    )
