from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.recipe import Recipe
from processing.resample import FrameGrid, first_uncropped_k, resample
from processing.tracks import Track

RATES = [
    Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "179/6", "60000/1001", "60")
]


def naive(track, frames, fps, recipe, hold=False):
    """The rules word for word, one grid sample at a time, in whole numbers and fractions: (frame, x, y)."""
    rate, lag_us = recipe.rate_hz, recipe.lag_ms * 1000
    times = track.t_us.tolist()
    found = []
    k = -(-times[0] * rate // 1_000_000)
    while True:
        inside_track = 1_000_000 * k <= times[-1] * rate
        frame = ((1_000_000 * k - lag_us * rate) * fps.numerator) // (1_000_000 * rate * fps.denominator)
        if (not inside_track and not hold) or frame >= frames:
            return found
        if frame >= 0 and not 1000 * k < recipe.crop_start_ms * rate:
            t_us = min(Fraction(1_000_000 * k, rate), Fraction(times[-1]))
            right = next(i for i, time in enumerate(times) if time >= t_us)
            position = []
            for values in (track.x_px, track.y_px):
                if times[right] == t_us:
                    position.append(Fraction(values[right]))
                    continue
                start, end = Fraction(values[right - 1]), Fraction(values[right])
                share = (t_us - times[right - 1]) / (times[right] - times[right - 1])
                position.append(start + (end - start) * share)
            found.append((frame, *position))
        k += 1


tracks = st.builds(
    lambda start, gaps, seed: Track(
        "a",
        start + np.cumsum(gaps),
        np.random.default_rng(seed).integers(-50, 200, len(gaps)).astype(float),
        np.random.default_rng(seed + 1).integers(-50, 200, len(gaps)).astype(float),
    ),
    start=st.integers(-800_000, 800_000),
    gaps=st.lists(st.sampled_from([1, 999, 8_000, 10_000, 16_667, 40_000, 333_333]), min_size=1, max_size=25),
    seed=st.integers(0, 1000),
)
recipes = st.builds(
    Recipe,
    rate_hz=st.sampled_from([60, 100, 125, 250, 1000]),
    lag_ms=st.sampled_from([0, 1, 300, 333, 500]),
    crop_start_ms=st.sampled_from([0, 7, 250, 1500]),
)


@given(
    track=tracks,
    frames=st.integers(1, 40),
    fps=st.sampled_from(RATES),
    recipe=recipes,
    hold=st.booleans(),
)
def test_every_grid_sample_is_where_the_rules_put_it(track, frames, fps, recipe, hold):
    found = resample(track, FrameGrid.of(frames, fps, recipe), hold=hold)
    expected = naive(track, frames, fps, recipe, hold)
    assert found.frame.tolist() == [frame for frame, _, _ in expected]
    # Whole-numbered positions that meet on a whole pixel must give that very pixel, or floor would move it.
    assert np.floor(found.x_px).tolist() == [x // 1 for _, x, _ in expected]
    assert np.floor(found.y_px).tolist() == [y // 1 for _, _, y in expected]
    assert found.x_px == pytest.approx([float(x) for _, x, _ in expected])


def test_the_first_k_of_a_frame_solves_the_rule_at_every_rate():
    recipe = Recipe()
    for fps in RATES:
        grid = FrameGrid.of(600, fps, recipe)
        k = np.arange(0, 2600)
        by_rule = ((10_000 * k - 300_000) * fps.numerator) // (1_000_000 * fps.denominator)
        inside = (by_rule >= 0) & (by_rule < 600)
        by_grid = np.searchsorted(grid.first_k, k[inside], side="right") - 1
        assert np.array_equal(by_grid, by_rule[inside])


def test_one_sample_gives_one_grid_point_when_it_lies_on_the_grid_and_none_beside_it():
    grid = FrameGrid.of(30, Fraction(30), Recipe())
    assert len(resample(Track("a", [500_000], [1.0], [1.0]), grid).frame) == 1
    assert len(resample(Track("a", [500_001], [1.0], [1.0]), grid).frame) == 0


def test_the_ends_of_a_track_belong_to_its_grid():
    grid = FrameGrid.of(30, Fraction(30), Recipe(lag_ms=0))
    found = resample(Track("a", [0, 20_000], [0.0, 10.0], [0.0, 0.0]), grid)
    assert found.x_px.tolist() == [0, 5, 10]


def test_a_track_without_samples_gives_none():
    grid = FrameGrid.of(30, Fraction(30), Recipe())
    empty = Track("a", np.empty(0, np.int64), np.empty(0), np.empty(0))
    assert len(resample(empty, grid, hold=True).frame) == 0


def test_a_frame_is_half_open():
    # At 25 Hz a frame is exactly four grid samples: the one on the border belongs to the later frame.
    grid = FrameGrid.of(3, Fraction(25), Recipe(lag_ms=0))
    found = resample(Track("a", [0, 200_000], [0.0, 0.0], [0.0, 0.0]), grid)
    assert found.frame.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_holding_reaches_the_end_of_the_clip_plus_the_lag():
    grid = FrameGrid.of(30, Fraction(30), Recipe())
    found = resample(Track("a", [0, 1_000_000], [0.0, 50.0], [5.0, 5.0]), grid, hold=True)
    assert found.held == 29
    assert set(found.x_px[-29:]) == {50.0}
    assert found.frame[-1] == 29


def test_a_track_of_a_very_long_time_takes_no_more_than_the_clip():
    grid = FrameGrid.of(30, Fraction(30), Recipe(rate_hz=10_000))
    found = resample(Track("a", [-(10**14), 10**14], [0.0, 0.0], [0.0, 0.0]), grid)
    assert len(found.frame) == 10_000


@given(st.integers(0, 60_000), st.integers(10, 1000))
def test_the_crop_leaves_the_first_sample_that_is_late_enough(crop_start_ms, rate_hz):
    first = first_uncropped_k(Recipe(crop_start_ms=crop_start_ms, rate_hz=rate_hz), rate_hz)
    assert (first - 1) * 1000 < crop_start_ms * rate_hz <= first * 1000
