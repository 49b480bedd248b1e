import numpy as np
import pytest
from scipy.stats import rankdata

from processing.calibration.sweep import LagSweep, Timing, met_at_every_lag
from processing.coarse import CoarseGrid, ObserverMaps, Positions

SIZE = (96, 64)


def wandering(names, instants, seed):
    rng = np.random.default_rng(seed)
    x = np.clip(48 + np.cumsum(rng.normal(0, 3, (len(names), instants)), axis=1), 0, 95)
    y = np.clip(32 + np.cumsum(rng.normal(0, 3, (len(names), instants)), axis=1), 0, 63)
    return Positions(tuple(names), x, y)


def sweep(hands, eyes, timing, sigma=6.0):
    return LagSweep(hands, eyes, size=SIZE, sigma_px=sigma, eye_sigma_px=5.0, timing=timing)


def test_the_measures_are_those_of_the_maps_one_by_one():
    hands, eyes, timing = wandering("abc", 30, 1), wandering("xy", 5, 2), Timing(np.arange(5) * 4, 7)
    found = sweep(hands, eyes, timing).curves(np.array([1.0, 0.0, 2.0]), np.ones(2))
    grid = CoarseGrid.fitting(*SIZE, 5.0)
    hand_maps = ObserverMaps(hands, grid, 6.0).made_of(np.array([1.0, 0.0, 2.0])).astype(float)
    eye_maps = ObserverMaps(eyes, grid, 5.0).made_of(np.ones(2)).astype(float)
    places = ObserverMaps(eyes, grid, None).made_of(np.ones(2)).astype(float)
    for lag in range(7):
        expected = []
        for instant in range(5):
            hand = hand_maps[4 * instant + lag]
            weights = places[instant] / places[instant].sum()
            ranks = (rankdata(hand) - 0.5) / len(hand)
            expected.append(
                (
                    np.corrcoef(hand, eye_maps[instant])[0, 1],
                    weights @ (hand - hand.mean()) / hand.std(),
                    weights @ ranks,
                )
            )
        assert found[:, lag] == pytest.approx(np.mean(expected, axis=0), abs=5e-3)


def test_a_copy_that_comes_late_agrees_fully_at_its_lag():
    path = wandering("abcd", 60, 3)
    eyes, timing = path.at(np.arange(5, 45)), Timing(np.arange(40), 11)
    found = sweep(path, eyes, timing, sigma=5.0).curves(np.ones(4), np.ones(4))
    assert np.argmax(found, axis=1).tolist() == [5, 5, 5]
    assert found[0, 5] == pytest.approx(1, abs=1e-4)


def test_scaling_all_weights_changes_nothing():
    hands, eyes, timing = wandering("abc", 20, 1), wandering("xy", 5, 2), Timing(np.arange(5) * 2, 5)
    swept = sweep(hands, eyes, timing)
    once = swept.curves(np.array([1.0, 1.0, 0.0]), np.ones(2))
    again = swept.curves(np.array([3.0, 3.0, 0.0]), 2 * np.ones(2))
    np.testing.assert_allclose(once, again, atol=1e-4)


def test_where_nobody_meets_there_is_no_number():
    hands, eyes, timing = wandering("ab", 20, 1), wandering("xy", 5, 2), Timing(np.arange(5) * 2, 5)
    assert np.isnan(sweep(hands, eyes, timing).curves(np.zeros(2), np.ones(2))).all()


def test_only_instants_that_meet_at_every_lag_are_compared():
    hands, eyes = wandering("a", 20, 1), wandering("x", 5, 2)
    hands.x_px[0, 9] = np.nan
    eyes.x_px[0, 0] = np.nan
    assert met_at_every_lag(hands, eyes, Timing(np.arange(5) * 3, 3)).tolist() == [
        False,
        True,
        True,
        False,
        True,
    ]
