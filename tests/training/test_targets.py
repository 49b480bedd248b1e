"""Targets on the coarse grid: no fixation is lost, and the map is the one that the full size gives."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.maps import MapMaker
from training import targets
from training.grid import Grid, Orientation, input_grid, map_grid

LANDSCAPE = map_grid(input_grid(Orientation.LANDSCAPE, 192, 112))


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 300),
    height=st.integers(2, 2000),
    width=st.integers(2, 2000),
)
def test_splatting_loses_no_point(seed: int, count: int, height: int, width: int) -> None:
    points = np.random.default_rng(seed).integers(0, [height, width], size=(count, 2))
    counts = targets.splat(points, Grid(height, width), LANDSCAPE)
    assert counts.shape == LANDSCAPE
    assert counts.min() >= 0
    assert counts.sum() == pytest.approx(count)


def test_a_point_between_four_cells_is_shared_by_its_distances() -> None:
    # Pixel (3, 5) of 8 x 16 has its centre at (3.5, 5.5), which is (0.375, 0.875) cells on 2 x 4, counted between
    # cell centres from (0, 0).
    counts = targets.splat(np.array([[3, 5]]), Grid(8, 16), Grid(2, 4))
    expected = np.zeros((2, 4))
    expected[0, 0], expected[0, 1] = 0.625 * 0.125, 0.625 * 0.875
    expected[1, 0], expected[1, 1] = 0.375 * 0.125, 0.375 * 0.875
    np.testing.assert_allclose(counts, expected)


def test_repeated_points_count_again() -> None:
    once = targets.splat(np.array([[10, 20]]), Grid(100, 200), LANDSCAPE)
    thrice = targets.splat(np.array([[10, 20]] * 3), Grid(100, 200), LANDSCAPE)
    np.testing.assert_allclose(thrice, 3 * once)


@pytest.mark.parametrize("picture", [Grid(1080, 1920), Grid(360, 640), Grid(720, 404)])
def test_the_coarse_target_is_the_full_map_reduced(picture: Grid) -> None:
    rng = np.random.default_rng(5)
    centre = np.array(picture) * [0.4, 0.6]
    points = np.clip(rng.normal(centre, max(picture) * 0.05, size=(200, 2)), 0, np.array(picture) - 1).astype(
        np.int64
    )
    sigma_px = 0.03 * max(picture)
    grid = LANDSCAPE if picture.width > picture.height else Grid(LANDSCAPE.width, LANDSCAPE.height)
    full = MapMaker(picture.width, picture.height, sigma_px).density(points[:, ::-1])
    reduced = cv2.resize(full, (grid.width, grid.height), interpolation=cv2.INTER_AREA)
    target = targets.density(
        targets.splat(points, picture, grid), targets.sigma_cells(sigma_px, picture, grid)
    )
    assert np.corrcoef(target.ravel(), reduced.ravel())[0, 1] > 0.9999
    assert target.sum() == pytest.approx(1)
    assert np.abs(target / target.max() - reduced / reduced.max()).max() < 0.02
