import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from processing.detection import FixationRule, attended, idt, ivt, runs, speeds, travelling
from processing.errors import BadInput
from processing.recipe import Recipe
from processing.resample import FrameSamples

RATE_HZ = 100


def staircase(*stays, move=5):
    """x of a hand that stays at each (x, samples) and moves on evenly within `move` samples."""
    pieces = []
    for number, (x, samples) in enumerate(stays):
        if number:
            pieces.append(np.linspace(stays[number - 1][0], x, move + 2)[1:-1])
        pieces.append(np.full(samples, float(x)))
    return np.concatenate(pieces)


def samples(x):
    x = np.asarray(x, float)
    return FrameSamples(np.arange(len(x)) // 3, x, np.zeros(len(x)))


@pytest.mark.parametrize("kind", ["ivt", "idt"])
def test_two_stays_and_the_way_between_them_are_told_apart(kind):
    x = staircase((100, 40), (500, 40))
    y = np.zeros(len(x))
    found = ivt(x, y, RATE_HZ, 900, 10) if kind == "ivt" else idt(x, y, 40, 10)
    (first, second) = runs(found)
    assert abs(first[1] - 40) <= 1
    assert abs(second[0] - 45) <= 1
    assert (first[0], second[1]) == (0, 85)


@pytest.mark.parametrize("kind", ["ivt", "idt"])
def test_a_stay_that_is_too_short_is_no_fixation(kind):
    x = staircase((0, 40), (500, 4), (1000, 40))
    y = np.zeros(len(x))
    found = ivt(x, y, RATE_HZ, 900, 10) if kind == "ivt" else idt(x, y, 40, 10)
    assert len(runs(found)) == 2
    assert not found[46:48].any()


def test_dispersion_counts_both_axes():
    x, y = np.linspace(0, 6, 20), np.linspace(0, 5, 20)
    assert idt(x, y, 11, 20).all()
    assert not idt(x, y, 10.9, 20).any()


positions = arrays(float, st.integers(0, 60), elements=st.integers(0, 400).map(float) | st.just(float("nan")))


@given(positions, st.integers(1, 300), st.integers(1, 12))
def test_dispersion_agrees_with_growing_one_window_at_a_time(x, limit, shortest):
    y = x[::-1].copy() / 2
    y[np.isnan(x)] = np.nan
    x = np.where(np.isnan(y), np.nan, x)
    expected = np.zeros(len(x), bool)
    at = 0
    while at + shortest <= len(x):
        end = at + shortest
        if not np.ptp(x[at:end]) + np.ptp(y[at:end]) <= limit:
            at += 1
            continue
        while end < len(x) and np.ptp(x[at : end + 1]) + np.ptp(y[at : end + 1]) <= limit:
            end += 1
        expected[at:end] = True
        at = end
    assert np.array_equal(idt(x, y, limit, shortest), expected)


@given(positions, st.integers(1, 20_000), st.integers(1, 12))
def test_no_fixation_is_short_fast_or_without_a_place(x, speed, shortest):
    found = ivt(x, x, RATE_HZ, speed, shortest)
    assert all(end - start >= shortest for start, end in runs(found))
    assert (speeds(x, x, RATE_HZ)[found] <= speed).all()


def test_speed_is_measured_over_twenty_milliseconds_at_any_rate():
    for rate_hz in (50, 100, 500, 1000):
        x = np.arange(rate_hz) * (300 / rate_hz)
        assert speeds(x, np.zeros(rate_hz), rate_hz) == pytest.approx(300)
    jumpy = np.tile([0.0, 1.0], 500)
    assert speeds(jumpy, np.zeros(1000), 1000)[20:-20].max() <= 50


def test_transit_leaves_out_what_is_too_fast_and_counts_it():
    x = staircase((100, 30), (500, 30))
    rule = FixationRule(kind="all", rate_hz=RATE_HZ, transit_px_s=1000)
    kept = attended(samples(x), rule)
    assert set(kept.samples.x_px) == {100, 500}
    assert kept.in_transit == len(x) - len(kept.samples.x_px) > 0
    assert kept.not_fixated == 0


def test_the_usual_rule_keeps_every_sample():
    given_ = samples([1, 500, 3, 900])
    kept = attended(given_, FixationRule.of(Recipe(), 64, 48))
    assert np.array_equal(kept.samples.x_px, given_.x_px)
    assert (kept.in_transit, kept.not_fixated) == (0, 0)


def test_what_is_no_fixation_is_counted():
    x = np.concatenate([np.linspace(0, 900, 10), np.full(20, 900.0)])
    kept = attended(samples(x), FixationRule("ivt", RATE_HZ, speed_px_s=500, min_samples=5))
    assert kept.not_fixated == 30 - len(kept.samples.x_px) > 0


def test_nobody_has_samples_to_judge():
    none = samples([])
    for rule in (FixationRule("ivt", 100, speed_px_s=1), FixationRule("idt", 100, dispersion_px=1)):
        assert len(attended(none, rule).samples.frame) == 0
        assert len(travelling(none.x_px, none.y_px, rule)) == 0


def test_thresholds_scale_with_the_clip_or_are_degrees():
    rule = FixationRule.of(Recipe.from_mapping({"fixations": "ivt"}), 1920, 1080)
    assert (rule.speed_px_s, rule.min_samples) == (1728, 10)
    rule = FixationRule.of(
        Recipe.from_mapping({"fixations": "idt", "idt_dispersion_deg": 2.0, "px_per_deg": 30.0}), 64, 48
    )
    assert rule.dispersion_px == 60
    with pytest.raises(BadInput, match="transit_speed_deg_s needs px_per_deg"):
        FixationRule.of(Recipe.from_mapping({"transit_speed_deg_s": 30.0}), 64, 48)
