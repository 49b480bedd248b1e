from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.video.rate import STANDARD_RATES, constant_rate, simplest_between

MILLISECOND = Fraction(1, 1000)


def rounded_ticks(rate, frames, tick_s, start=0):
    return [start + round(i / rate / tick_s) for i in range(frames)]


@given(rate=st.sampled_from(STANDARD_RATES[:16]), frames=st.integers(2, 900), start=st.integers(0, 5000))
def test_a_declared_standard_rate_is_recognised_through_millisecond_rounding(rate, frames, start):
    ticks = rounded_ticks(rate, frames, MILLISECOND, start)
    assert constant_rate(ticks, MILLISECOND, [rate]) == rate


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "30", "50", "60", "25/2", "20"])
def test_a_standard_rate_needs_no_declaration_in_a_clip_of_some_length(rate):
    ticks = rounded_ticks(Fraction(rate), 400, MILLISECOND)
    assert constant_rate(ticks, MILLISECOND, []) == Fraction(rate)


@pytest.mark.parametrize("rate", ["179/6", "23/3", "119/4", "11"])
def test_an_odd_rate_becomes_its_exact_fraction(rate):
    assert constant_rate(rounded_ticks(Fraction(rate), 600, MILLISECOND), MILLISECOND, []) == Fraction(rate)


def test_truncated_time_stamps_are_as_constant_as_rounded_ones():
    ticks = [int(i / Fraction(30) / MILLISECOND) for i in range(100)]
    assert constant_rate(ticks, MILLISECOND, []) == 30


def test_every_stamp_agrees_within_a_tick_or_the_rate_is_variable():
    ticks = rounded_ticks(Fraction(30), 100, MILLISECOND)
    late = [*ticks[:50], *(tick + 2 for tick in ticks[50:])]
    assert constant_rate(late, MILLISECOND, [Fraction(30)]) is None


def test_a_frame_missing_among_avi_frame_numbers_is_variable():
    assert constant_rate([0, 1, 2, 3], Fraction(1, 25), [Fraction(25)]) == 25
    assert constant_rate([0, 1, 3, 4], Fraction(1, 25), [Fraction(25)]) is None


def test_equal_stamps_are_variable():
    assert constant_rate([0, 33, 33, 67], MILLISECOND, [Fraction(30)]) is None


def test_a_single_frame_has_the_declared_rate_or_none():
    assert constant_rate([7], MILLISECOND, [Fraction(25)]) == 25
    assert constant_rate([7], MILLISECOND, []) is None


@given(
    low=st.fractions(Fraction(1, 50), 300, max_denominator=500),
    width=st.fractions(0, 5, max_denominator=500),
)
def test_the_simplest_fraction_is_inside_and_none_inside_is_simpler(low, width):
    simplest = simplest_between(low, low + width)
    assert low <= simplest <= low + width
    for denominator in range(1, min(simplest.denominator, 60)):
        assert -(-low * denominator // 1) > (low + width) * denominator
