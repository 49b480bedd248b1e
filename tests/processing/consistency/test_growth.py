import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.consistency.growth import PowerLaw, SpearmanBrown, ceiling

SIZES = np.array([1.0, 2, 4, 8, 16, 32])


@given(st.floats(0.01, 0.95))
def test_spearman_brown_is_recovered_from_its_own_values(r1):
    law = SpearmanBrown(r1)
    assert SpearmanBrown.fitted(SIZES, law.at(SIZES)).r1 == pytest.approx(r1, rel=1e-3)
    assert SpearmanBrown.through(8, float(law.at(np.array([8.0]))[0])).r1 == pytest.approx(r1, rel=1e-6)


@given(st.floats(0.01, 0.95), st.floats(0.05, 0.99))
def test_the_number_needed_reaches_what_is_wanted(r1, wanted):
    law = SpearmanBrown(r1)
    assert law.at(np.array([law.needed(wanted)]))[0] == pytest.approx(wanted)


def test_the_three_parameter_law_is_recovered_and_ends_where_it_ends():
    law = PowerLaw(-0.5, -0.8, 0.9)
    fitted = PowerLaw.fitted(SIZES, law.at(SIZES))
    assert vars(fitted) == pytest.approx(vars(law), abs=0.01)
    assert law.at(np.array([law.needed(0.8)]))[0] == pytest.approx(0.8)
    assert law.needed(0.9) == math.inf
    assert PowerLaw(0.0, -1.0, 0.9).needed(0.5) == 1


@given(st.floats(-2, 0), st.floats(-3, 0), st.floats(0, 1), st.floats(0.01, 0.99))
def test_any_law_that_a_fit_may_give_says_how_many_are_needed(a, b, c, wanted):
    needed = PowerLaw(a, b, c).needed(wanted)
    assert needed >= 0
    if a < -1e-3 and b < -1e-3 and 1 <= needed < math.inf:
        assert PowerLaw(a, b, c).at(np.array([needed]))[0] == pytest.approx(wanted)


def test_three_sizes_do_not_carry_three_parameters():
    assert PowerLaw.fitted(SIZES[:3], SIZES[:3] / 10) is None


@given(st.floats(0.01, 0.99))
def test_the_ceiling_is_the_root_of_the_reliability_of_all(r):
    double = SpearmanBrown.through(1, r).at(np.array([2.0]))[0]
    assert ceiling(r) == pytest.approx(math.sqrt(double))
    assert ceiling(r) >= r


def test_halves_that_disagree_leave_nothing_to_reach():
    assert ceiling(0.0) == ceiling(-0.2) == 0
    assert ceiling(1.0) == 1
