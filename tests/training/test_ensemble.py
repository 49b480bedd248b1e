"""Several models as one, in logits; and the tail that is spread under the maps of all of them."""

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from processing.layouts import open_dataset
from processing.video import read_luma_planes
from tests.training.stubs import MAP_STRIDE, VIDEO, predictor_of, shown
from training import config as configs
from training.ensemble import mean_of
from training.grid import Grid, Orientation
from training.models import Model
from training.predict import WHITE, as_map, clip_densities, predict, with_tail
from training.predictor import Maps, normalised
from training.progress import Reporter, StopRequest

pytestmark = pytest.mark.long

GRID = Grid(24, 32)


def log_density(logits: NDArray[np.floating]) -> Maps:
    return normalised(torch.from_numpy(logits.astype(np.float32))).numpy()


def spot(row: float, col: float, sigma: float = 2.0, grid: Grid = GRID) -> Maps:
    """The logarithm of a Gaussian."""
    rows, cols = np.indices(grid)
    return log_density(-((rows - row) ** 2 + (cols - col) ** 2) / (2 * sigma**2))


def test_several_models_are_one_whose_logits_are_their_mean() -> None:
    rng = np.random.default_rng(0)
    each = [log_density(3 * rng.normal(size=GRID)) for _ in range(3)]
    found = mean_of(each)
    assert found.dtype == np.float32 and np.exp(found).sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(found, log_density(np.mean(each, axis=0)), atol=1e-5)
    np.testing.assert_allclose(mean_of(each[::-1]), found, atol=1e-5)
    assert mean_of(each[:1]) is each[0]


def test_two_spots_become_one_between_them() -> None:
    # The product of two Gaussians is one in the middle; the mean of the two would still have two peaks.
    found = mean_of([spot(12, 10), spot(12, 16)])
    np.testing.assert_allclose(found, spot(12, 13), atol=1e-3)


def test_a_model_that_rules_a_place_out_is_not_outvoted_by_one_that_does_not_know() -> None:
    sure, unsure = spot(12, 10, sigma=1), log_density(np.zeros(GRID))
    np.testing.assert_allclose(mean_of([unsure, sure]), spot(12, 10, sigma=2**0.5), atol=1e-3)


@pytest.mark.parametrize("finest", [0, 1, 2])
def test_maps_of_different_grids_meet_on_the_finest_one(finest: int) -> None:
    # The same slope on each grid, whose cells are centred; it is bent at the border alone.
    grids = [Grid(12, 16), Grid(6, 8), Grid(3, 4)]
    grids.insert(finest, GRID)
    slopes = [np.linspace(-1 + 1 / width, 1 - 1 / width, width) for _, width in grids]
    each = [log_density(np.tile(slope, (grid.height, 1))) for grid, slope in zip(grids, slopes, strict=True)]
    found = mean_of(each)
    assert found.shape == GRID and np.exp(found).sum() == pytest.approx(1, abs=1e-5)
    inside = found[:, 4:-4]
    np.testing.assert_allclose(
        inside - inside[0, 0], np.tile(slopes[finest][4:-4] - slopes[finest][4], (24, 1)), atol=1e-5
    )


class Fixed(Model):
    """The same log-density for every picture."""

    def __init__(self, log_p: Maps, side: int) -> None:
        super().__init__(side)
        self._log_p = torch.from_numpy(log_p)

    def forward(
        self, pictures: Tensor, seconds: Tensor, orientation: Orientation, sound: Tensor | None = None
    ) -> Tensor:
        return self._log_p.expand(*pictures.shape[:2], -1, -1)


def test_a_clip_is_predicted_by_all_models_each_at_its_own_pace_with_the_tail_of_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    facts = shown(monkeypatch, Fraction(25), range(13))
    fine = spot(8, 5, grid=Grid(16, 16))
    coarse = spot(4, 6, grid=Grid(8, 8))
    four = configs.load("tiny_lite2d", ["net.frames=4", "predict.tail_share=0.3"])
    eight = configs.load("tiny_lites3d", ["predict.tail_share=0"])
    predictors = [
        predictor_of(Fixed(fine, MAP_STRIDE), four),
        predictor_of(Fixed(coarse, 2 * MAP_STRIDE), eight),
    ]
    found = list(clip_densities(predictors, VIDEO, facts, None))
    assert len(found) == 13
    for each in found:
        np.testing.assert_allclose(each, with_tail(mean_of([fine, coarse]), 0.3), atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_a_share_of_the_mass_is_spread_out_as_the_root_of_the_density(share: float) -> None:
    log_p = spot(12, 10)
    found = with_tail(log_p, share)
    assert found.sum() == pytest.approx(1, abs=1e-5)
    tail = found - (1 - share) * np.exp(log_p)
    assert tail.sum() == pytest.approx(share, abs=1e-5)
    # The root of a Gaussian is one that is wider by the root of two.
    np.testing.assert_allclose(tail, share * np.exp(spot(12, 10, sigma=2 * 2**0.5)), atol=1e-6)


def test_places_that_are_held_unlikely_still_differ_after_rounding() -> None:
    log_p = log_density(np.array([[0.0, -7.5, -9.5]]))
    without, tailed = (as_map(with_tail(log_p, share), 3, 1)[0].tolist() for share in (0.0, 0.1))
    assert without == [WHITE, 1, 1]
    assert tailed[0] == WHITE and tailed[1] > tailed[2] >= 1


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_a_map_is_nowhere_nothing_however_sure_the_model_is(share: float) -> None:
    # Where the logarithm is this low a float32 has no number left for the density.
    logits = np.full((16, 16), -400.0)
    logits[5, 5] = 0
    # Cubic interpolation falls below nothing beside a peak.
    found = as_map(with_tail(log_density(logits), share), 160, 90)
    assert found.dtype == np.uint16 and found.shape == (90, 160)
    assert found.min() == 1 and 0.95 * WHITE < found.max() <= WHITE


def test_a_map_video_is_in_ten_bits_and_full_range_and_close_to_what_was_written(
    spot_release: Path, tmp_path: Path
) -> None:
    log_p = spot(6, 5, grid=Grid(16, 16))
    config = configs.load("tiny_lite2d", ["predict.tail_share=0.2"])
    stop, out = StopRequest(), tmp_path / "maps"
    predictors = [predictor_of(Fixed(log_p, MAP_STRIDE), config)]
    reporter = Reporter(stop, io.StringIO())
    frames = predict(predictors, open_dataset(spot_release), "public_test", out, reporter=reporter, stop=stop)
    planes = list(read_luma_planes(out / "gamma.mp4"))
    assert frames == {"gamma": 33} and len(planes) == 33
    written = as_map(with_tail(log_p, 0.2), 160, 90).astype(int)
    for plane in planes:
        assert plane.full_range and plane.bits == 10
        assert np.abs(plane.codes - written).max() <= 8, "of 1023 levels"
