import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import BSpline
from threadpoolctl import threadpool_limits

from processing import maps
from processing.maps import MapMaker, make_maps, splines, to_levels

WIDTH, HEIGHT = 37, 23
points_of_a_frame = st.lists(
    st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)), min_size=1, max_size=25
).map(lambda pairs: np.array(pairs, np.int64))


def naive(points, sigma_px):
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return sum(np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * sigma_px**2)) for x, y in points)


@given(points_of_a_frame, st.floats(0.3, 60))
def test_the_map_is_the_sum_of_a_gaussian_on_every_point(points, sigma_px):
    density = MapMaker(WIDTH, HEIGHT, sigma_px).density(points)
    assert density.shape == (HEIGHT, WIDTH)
    assert np.allclose(density, naive(points, sigma_px), rtol=1e-12, atol=1e-15)


@given(points_of_a_frame, st.randoms())
def test_the_order_of_points_changes_no_bit(points, random):
    shuffled = points.tolist()
    random.shuffle(shuffled)
    maker = MapMaker(WIDTH, HEIGHT, 4)
    assert np.array_equal(maker.density(points), maker.density(np.array(shuffled)))


def test_repeats_weigh():
    maker = MapMaker(WIDTH, HEIGHT, 4)
    once, other = maker.density(np.array([[5, 5]])), maker.density(np.array([[30, 5]]))
    assert np.allclose(maker.density(np.array([[5, 5], [30, 5], [5, 5], [5, 5]])), 3 * once + other)


def test_nothing_is_reflected_at_the_borders():
    density = MapMaker(WIDTH, HEIGHT, 4).density(np.array([[0, 0]]))
    assert density[0, 0] == 1
    assert density[0, 4] == pytest.approx(np.exp(-0.5))


@given(points_of_a_frame, st.sampled_from([1.5, 12.0, 20.0, 60.0, 2000.0]))
def test_levels_are_the_exact_density_scaled_whatever_the_width_of_the_gaussian(points, sigma_px):
    maker = MapMaker(WIDTH, HEIGHT, sigma_px)
    density = maker.density(points)
    exact = (density - density.min()) / np.ptp(density) * 1023
    assert np.abs(maker.levels(points) - exact).max() <= 0.52


def test_a_wide_gaussian_over_full_hd_is_exact_to_a_fiftieth_of_a_level():
    rng = np.random.default_rng(8)
    points = np.column_stack([rng.integers(0, 1920, 233), rng.integers(0, 1080, 233)])
    maker = MapMaker(1920, 1080, 57.6)
    assert np.abs(maker.levels(points) - to_levels(maker.density(points)).astype(int)).max() <= 1
    density = maker.density(points)
    exact = (density - density.min()) / np.ptp(density) * 1023
    assert np.abs(maker.levels(points) - exact).max() <= 0.52


@given(points_of_a_frame, st.randoms())
def test_the_order_of_points_changes_no_level(points, random):
    shuffled = points.tolist()
    random.shuffle(shuffled)
    maker = MapMaker(WIDTH, HEIGHT, 14)
    assert np.array_equal(maker.levels(points), maker.levels(np.array(shuffled)))


@given(points_of_a_frame)
def test_levels_reach_from_0_to_1023(points):
    levels = MapMaker(WIDTH, HEIGHT, 3).levels(points)
    assert levels.dtype == np.uint16
    assert (levels.min(), levels.max()) == (0, 1023)


def test_levels_are_rounded_to_the_nearest():
    assert to_levels(np.array([[0.0, 1 / 1023 * 0.4, 1 / 1023 * 0.6, 0.5, 1.0]])).tolist() == [
        [0, 0, 1, 512, 1023]
    ]


def test_a_constant_map_is_all_0():
    assert not to_levels(np.full((4, 6), 2.5)).any()


@settings(max_examples=5)
@given(st.lists(points_of_a_frame, min_size=1, max_size=30), st.integers(1, 4))
def test_many_at_a_time_come_in_order_and_alike(frames, cores):
    maker = MapMaker(WIDTH, HEIGHT, 14)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maps.os, "sched_getaffinity", lambda _: range(cores))
        made = list(make_maps(frames, maker.levels))
    assert all(np.array_equal(levels, maker.levels(own)) for levels, own in zip(made, frames, strict=True))


@given(st.integers(1, 200), st.floats(0.5, 300))
def test_splines_are_those_of_the_library(length, distance):
    first, values = splines(length, distance)
    knots = distance * np.arange(-5, first[-1] + 7)
    expected = BSpline.design_matrix(np.arange(length, dtype=float), knots, 5).toarray()
    rows = np.arange(length)[:, None]
    assert np.allclose(values, expected[rows, first[:, None] + np.arange(6)], atol=1e-12)
    assert np.allclose(values.sum(axis=1), 1)


def test_frames_that_are_made_at_once_do_not_disturb_each_other():
    rng = np.random.default_rng(3)
    frames = [np.column_stack([rng.integers(0, 640, 9), rng.integers(0, 360, 9)]) for _ in range(60)]
    maker = MapMaker(640, 360, 19.2)
    with threadpool_limits(1, user_api="blas"):
        alone = [maker.levels(own) for own in frames]
    assert all(np.array_equal(*pair) for pair in zip(make_maps(frames, maker.levels), alone, strict=True))
