from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.video.timeline import rate_to_use, resampled

rates = st.sampled_from([Fraction(rate) for rate in ("24000/1001", "25", "179/6", "30", "60")])


def shown(times_s, end_s, fps):
    return [times for times, _ in resampled(enumerated(times_s), Fraction(end_s), Fraction(fps))]


def enumerated(times_s):
    return [(Fraction(time_s), number) for number, time_s in enumerate(times_s)]


@given(rates, st.integers(1, 300))
def test_the_same_rate_shows_every_frame_once_even_through_rounded_times(fps, frames):
    exact = [number / fps for number in range(frames)]
    rounded = [Fraction(round(time_s * 1000), 1000) for time_s in exact]
    assert shown(exact, frames / fps, fps) == [1] * frames
    assert shown(rounded, frames / fps, fps) == [1] * frames


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=30),
    rates,
)
def test_each_output_frame_shows_what_stood_in_the_middle_of_its_interval(gaps_ms, fps):
    starts = [Fraction(sum(gaps_ms[:number]), 1000) for number in range(len(gaps_ms))]
    end_s = Fraction(sum(gaps_ms), 1000)
    order = [number for times, number in resampled(enumerated(starts), end_s, fps) for _ in range(times)]
    for number, source in enumerate(order):
        middle_s = (number + Fraction(1, 2)) / fps
        assert source == 0 or starts[source] <= middle_s
        assert source == len(starts) - 1 or middle_s < starts[source + 1] or number == 0
    assert len(order) == max(round(end_s * fps), 1) or abs(len(order) - end_s * fps) <= Fraction(1, 2)


def test_keep_is_the_measured_rate_or_the_nearest_common_one():
    assert rate_to_use("keep", Fraction(179, 6), True) == Fraction(179, 6)
    assert rate_to_use("keep", Fraction(179, 6), False) == 30
    assert rate_to_use("keep", Fraction(12), False) == 24
    assert rate_to_use("30000/1001", Fraction(25), True) == Fraction(30000, 1001)


@pytest.mark.parametrize("wanted", ["", "fast", "1/0", 0, -30, "0.5", 241])
def test_what_is_no_rate_is_refused(wanted):
    with pytest.raises(BadInput):
        rate_to_use(wanted, Fraction(30), True)
