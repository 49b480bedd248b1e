"""Targets on the coarse grid: no fixation is lost, and the map is the one that the full size gives."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.maps import MapMaker
from training import targets
from training.batches import gather
from training.clips import ClipSet
from training.grid import Grid, Orientation, input_grid, map_grid
from training.windows import Pick, Window

LANDSCAPE = map_grid(input_grid(Orientation.LANDSCAPE, 192, 112), 2)
CPU = torch.device("cpu")


def shares(points: np.ndarray, picture: Grid) -> torch.Tensor:
    return torch.from_numpy((points + 0.5) / np.array(picture))


def counts_of(points: np.ndarray, picture: Grid, grid: Grid) -> np.ndarray:
    """The counts of one map of pixels (N, 2)."""
    owner = torch.zeros(len(points), dtype=torch.long)
    return targets.splat(shares(points, picture), owner, 1, grid)[0].numpy()


def density_of(points: np.ndarray, picture: Grid, grid: Grid, sigma_px: float) -> np.ndarray:
    """The density of one map of pixels (N, 2)."""
    owner = torch.zeros(len(points), dtype=torch.long)
    sigma = torch.tensor(sigma_px / np.array(picture))[None]
    return targets.densities(shares(points, picture), owner, sigma, grid, len(points))[0].numpy()


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 300),
    height=st.integers(2, 2000),
    width=st.integers(2, 2000),
    grid=st.sampled_from([LANDSCAPE, Grid(1, 8), Grid(8, 1), Grid(1, 1)]),
)
def test_splatting_loses_no_point(seed: int, count: int, height: int, width: int, grid: Grid) -> None:
    points = np.random.default_rng(seed).integers(0, [height, width], size=(count, 2))
    counts = counts_of(points, Grid(height, width), grid)
    assert counts.shape == grid
    assert counts.min() >= 0
    assert counts.sum() == pytest.approx(count)


def test_a_point_between_four_cells_is_shared_by_its_distances() -> None:
    # Pixel (3, 5) of 8 x 16 has its centre at (3.5, 5.5), which is (0.375, 0.875) cells on 2 x 4, counted between
    # cell centres from (0, 0).
    counts = counts_of(np.array([[3, 5]]), Grid(8, 16), Grid(2, 4))
    expected = np.zeros((2, 4))
    expected[0, 0], expected[0, 1] = 0.625 * 0.125, 0.625 * 0.875
    expected[1, 0], expected[1, 1] = 0.375 * 0.125, 0.375 * 0.875
    np.testing.assert_allclose(counts, expected)


def test_a_snapped_point_belongs_to_one_cell() -> None:
    snapped = targets.snapped(shares(np.array([[3, 5], [7, 15]]), Grid(8, 16)), Grid(2, 4))
    counts = targets.splat(snapped, torch.tensor([0, 1]), 2, Grid(2, 4)).numpy()
    expected = np.zeros((2, 2, 4))
    expected[0, 0, 1] = expected[1, 1, 3] = 1
    np.testing.assert_allclose(counts, expected)


def test_points_outside_the_picture_reach_in_and_do_not_count() -> None:
    points = torch.tensor([[0.5, -0.1], [0.5, 0.2]], dtype=torch.float64)
    assert targets.splat(points, torch.tensor([0, 0]), 1, Grid(4, 8)).sum() == pytest.approx(1)
    sigma = torch.full((1, 2), 0.1, dtype=torch.float64)
    alone = targets.densities(points[1:], torch.tensor([0]), sigma, Grid(4, 8), 1)
    both = targets.densities(points, torch.tensor([0, 0]), sigma, Grid(4, 8), 2)
    assert both[0, 2, 0] > alone[0, 2, 0]


def test_repeated_points_count_again() -> None:
    once = counts_of(np.array([[10, 20]]), Grid(100, 200), LANDSCAPE)
    thrice = counts_of(np.array([[10, 20]] * 3), Grid(100, 200), LANDSCAPE)
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
    target = density_of(points, picture, grid, sigma_px)
    assert target.sum() == pytest.approx(1)
    np.testing.assert_allclose(target, reduced / reduced.sum(), atol=0.005 * target.max())


def test_a_batch_is_rendered_map_by_map(spot_clips: ClipSet) -> None:
    batch = gather(spot_clips, [Pick(0, 0.3), Pick(1, -0.1)], Window.dense(3, 0.1)).tensors(CPU)
    grid = spot_clips.grids(2)[Orientation.LANDSCAPE]
    counts, density = targets.render(batch, grid, CPU)
    assert counts.shape == density.shape == (2, 3, *grid)
    clip = spot_clips.clips[0]
    alone = counts_of(np.array(clip.points[4]), clip.picture, grid)
    np.testing.assert_allclose(counts[0, 1].numpy(), alone, atol=1e-4)
    expected = density_of(np.array(clip.points[4]), clip.picture, grid, clip.sigma_px)
    np.testing.assert_allclose(density[0, 1].numpy(), expected, atol=1e-6)
    torch.testing.assert_close(density.sum((2, 3)), torch.ones(2, 3))


def test_a_map_without_points_is_empty_and_finite(spot_clips: ClipSet) -> None:
    batch = gather(spot_clips, [Pick(0, 0.3)], Window.dense(2, 0.1)).tensors(CPU)
    batch = replace(batch, owner=torch.zeros_like(batch.owner), most_points=40)
    counts, density = targets.render(batch, LANDSCAPE, CPU)
    assert not counts[0, 1].any() and not density[0, 1].any()
    assert counts[0, 0].sum().item() == pytest.approx(40, rel=1e-5)
    nobody = replace(batch, owner=batch.owner[:0], points=batch.points[:0], most_points=0)
    assert not torch.stack(targets.render(nobody, LANDSCAPE, CPU)).any()


def test_dilation_widens_the_counts_alone(spot_clips: ClipSet) -> None:
    batch = gather(spot_clips, [Pick(0, 0.3)], Window.dense(2, 0.1)).tensors(CPU)
    counts, density = targets.render(batch, LANDSCAPE, CPU)
    wide, same = targets.render(batch, LANDSCAPE, CPU, dilate_cells=1)
    torch.testing.assert_close(same, density)
    assert ((wide > 0) >= (counts > 0)).all() and (wide > 0).sum() > (counts > 0).sum()
    inner = torch.stack(
        [counts[..., 1 + r : LANDSCAPE.height - 1 + r, 1 + c : LANDSCAPE.width - 1 + c]
         for r in (-1, 0, 1) for c in (-1, 0, 1)]
    )  # fmt: skip
    torch.testing.assert_close(wide[..., 1:-1, 1:-1], inner.amax(0))


def test_the_mean_of_a_clip_leaves_out_moments_that_nobody_looked_at(spot_clips: ClipSet) -> None:
    clip = spot_clips.clips[0]
    grid = spot_clips.grids(2)[clip.orientation]
    mean = clip.mean_density(grid)
    assert mean.shape == grid and mean.sum() == pytest.approx(1)
    padded = type(clip)(
        **{
            **vars(clip),
            "points": [*clip.points, np.empty((0, 2), np.int64)],
            "seconds": np.append(clip.seconds, 2),
        }
    )
    np.testing.assert_allclose(padded.mean_density(grid), mean)
