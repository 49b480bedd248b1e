import numpy as np
import pytest

from processing.scoring.baseline import POINTS_OF_A_CLIP, Baseline, baseline_without, drawn_shares


def points(seed, count, height=36, width=64):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.integers(0, height, count), rng.integers(0, width, count)])


def test_a_clip_gives_so_many_points_and_its_name_is_the_seed():
    frames = [points(seed, 400) for seed in range(5)]
    drawn = drawn_shares("a", frames, 36, 64)
    assert drawn.shape == (POINTS_OF_A_CLIP, 2)
    assert (drawn == drawn_shares("a", frames, 36, 64)).all()
    assert (drawn != drawn_shares("b", frames, 36, 64)).any()
    given = {tuple(point) for frame in frames for point in frame.tolist()}
    assert {tuple(point) for point in np.floor(drawn * (36, 64)).astype(int).tolist()} <= given


def test_points_outside_and_clips_without_points_give_nothing():
    assert len(drawn_shares("a", [], 36, 64)) == 0
    assert len(drawn_shares("a", [np.array([[36, 0], [0, -1]])], 36, 64)) == 0


def test_a_clip_is_held_against_all_others_and_not_itself():
    shares = {name: drawn_shares(name, [points(seed, 9)], 36, 64) for seed, name in enumerate("cab")}
    found = baseline_without("b", shares)
    assert (found.shares == np.concatenate([shares["a"], shares["c"]])).all()
    assert found.digest == baseline_without("b", dict(reversed(shares.items()))).digest
    assert found.digest != baseline_without("a", shares).digest
    assert baseline_without("b", {"b": shares["b"]}) is None


@pytest.mark.parametrize(("height", "width"), [(36, 64), (1080, 1920), (720, 404), (3, 2)])
def test_shares_land_inside_a_picture_of_any_size_and_the_density_has_mass_1(height, width):
    shares = drawn_shares("a", [points(0, 500)], 36, 64)
    there = Baseline(shares).within(height, width)
    assert (there.points >= 0).all() and (there.points < (height, width)).all()
    assert there.density.shape == (height, width)
    assert there.density.sum(dtype=np.float64) == pytest.approx(1, rel=1e-5)
    assert there.density.min() >= 0.0099 / (height * width)


def test_the_density_is_highest_where_the_points_are():
    there = Baseline(np.array([[0.25, 0.75]] * 5)).within(400, 800)
    row, column = np.unravel_index(there.density.argmax(), there.density.shape)
    assert abs(row - 100) < 8 and abs(column - 600) < 8
