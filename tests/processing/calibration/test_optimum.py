import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.calibration.optimum import highest


@given(st.floats(30, 570), st.floats(0.1, 10), st.floats(-5, 5))
def test_a_parabola_is_found_between_its_points(peak, bend, offset):
    at = np.arange(0, 601, 10.0)
    assert highest(at, offset - bend * (at - peak) ** 2 / 1e4) == pytest.approx(peak, abs=0.5)


def test_noise_moves_the_peak_less_than_a_step():
    at = np.arange(0, 601, 10.0)
    curve = np.exp(-(((at - 317) / 90) ** 2))
    rng = np.random.default_rng(1)
    found = [highest(at, curve + rng.normal(0, 0.005, len(at))) for _ in range(50)]
    assert abs(np.mean(found) - 317) < 5
    assert np.std(found) < 10


def test_a_best_value_at_the_end_is_the_end():
    at = np.arange(5.0)
    assert highest(at, at) == 4
    assert highest(at, -at) == 0
    assert highest(at, np.zeros(5)) == 0


def test_an_unknown_part_of_a_curve_is_passed_over():
    assert highest(np.arange(5.0), np.array([0, 1, 2, 1, np.nan])) == pytest.approx(2)
