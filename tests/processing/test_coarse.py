import numpy as np
import pytest
from scipy.stats import rankdata

from processing.coarse import CoarseGrid, ObserverMaps, Positions, areas, positions_of, standardised
from processing.detection import FixationRule
from processing.maps import MapMaker
from processing.tracks import Track

RULE = FixationRule("all", 100)


def line(observer, start_us=0, end_us=1_000_000, step_us=10_000, x=10.0):
    times = np.arange(start_us, end_us + 1, step_us)
    return Track(observer, times, np.full(len(times), x), times / 1e4)


def test_positions_stand_on_the_grid_in_the_order_of_names():
    found = positions_of(
        [line("b", x=30), line("a", start_us=200_000)], start_k=-10, end_k=120, width=64, height=90, rule=RULE
    )
    assert found.observers == ("a", "b")
    known = found.present
    assert known[1].nonzero()[0][[0, -1]].tolist() == [
        10,
        99,
    ]  # from 0 s to where the hand leaves the picture
    assert known[0].nonzero()[0][0] == 30
    assert found.y_px[1, 60] == pytest.approx(50)


def test_nobody_knows_where_an_eye_was_within_a_long_gap():
    times = np.array([0, 100_000, 300_000, 400_000])
    track = Track("a", times, np.full(4, 5.0), np.full(4, 5.0))
    found = positions_of([track], start_k=0, end_k=41, width=9, height=9, rule=RULE, longest_gap_us=100_000)
    assert np.flatnonzero(~found.present[0]).tolist() == list(range(11, 30))
    single = Track("a", times[:1], [5.0], [5.0])
    once = positions_of([single], start_k=0, end_k=2, width=9, height=9, rule=RULE, longest_gap_us=1)
    assert once.present[0].tolist() == [True, False]


def test_coarse_maps_are_full_maps_looked_at_in_the_middle_of_cells():
    grid = CoarseGrid(width=64, height=48, columns=64, rows=48)
    spots = np.array([[3, 4], [40, 20], [63, 47]])
    positions = Positions(("a", "b", "c"), spots[:, :1] + 0.5, spots[:, 1:] + 0.5)
    made = ObserverMaps(positions, grid, 5.0).made_of(np.array([1.0, 2.0, 0.0]))
    expected = MapMaker(64, 48, 5.0).density(spots[[0, 1, 1]])
    np.testing.assert_allclose(made[0].reshape(48, 64), expected, atol=1e-5)


def test_reading_at_places_is_a_product_with_shares_of_cells():
    grid = CoarseGrid(100, 100, 10, 10)
    positions = Positions(("a",), np.array([[30.0]]), np.array([[55.0]]))
    shares = ObserverMaps(positions, grid, None).made_of(np.ones(1))[0].reshape(10, 10)
    assert shares.sum() == pytest.approx(1)
    assert {tuple(cell) for cell in np.argwhere(shares)} == {(5, 2), (5, 3)}
    ramp = np.tile(np.arange(10) * 10 + 5.0, (10, 1))
    assert (shares * ramp).sum() == pytest.approx(30)


def test_who_is_absent_gives_nothing():
    grid = CoarseGrid.fitting(64, 48, 4)
    positions = Positions(
        ("a", "b"), np.array([[np.nan, 3.0], [5.0, np.nan]]), np.array([[np.nan, 3.0], [5.0, np.nan]])
    )
    maps = ObserverMaps(positions, grid, 4.0)
    only_a = np.array([1.0, 0.0])
    assert maps.anybody(only_a).tolist() == [False, True]
    assert not maps.made_of(only_a)[0].any()
    assert not standardised(maps.made_of(only_a))[0].any()


def test_areas_are_middle_ranks():
    rng = np.random.default_rng(3)
    maps = rng.random((4, 300)).astype(np.float32) ** 3
    maps[:, :120] = 0
    expected = (rankdata(maps, axis=1) - 0.5) / 300
    assert np.abs(areas(maps) - expected).max() < 0.01
    assert areas(np.zeros((1, 8), np.float32)).tolist() == [[0.5] * 8]
