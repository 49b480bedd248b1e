import numpy as np
import pytest

from processing.coarse import CoarseGrid, ObserverMaps, Positions
from processing.consistency.agreement import MapCovariances, group_sizes, leave_one_out, random_groups

SIZE = (96, 64)


def positions(people, instants, seed=0, absent=0.1):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 96, (people, instants)), rng.uniform(0, 64, (people, instants))
    gone = rng.random((people, instants)) < absent
    x[gone] = y[gone] = np.nan
    return Positions(tuple(f"o{number}" for number in range(people)), x, y)


def test_agreement_of_groups_is_the_correlation_of_their_maps():
    seen = positions(6, 12)
    covariances = MapCovariances.at(seen, size=SIZE, sigma_px=8.0)
    one = np.array([[1, 1, 0, 0, 0, 0], [2, 0, 1, 0, 0, 1]], float)
    other = np.array([[0, 0, 1, 1, 1, 1], [0, 1, 0, 1, 0, 0]], float)
    maps = ObserverMaps(seen, CoarseGrid.fitting(*SIZE, 8.0), 8.0)
    for found, a, b in zip(covariances.agreement(one, other), one, other, strict=True):
        both = [
            np.corrcoef(first, second)[0, 1]
            for first, second in zip(maps.made_of(a), maps.made_of(b), strict=True)
            if first.any() and second.any()
        ]
        assert found == pytest.approx(np.mean(both), abs=1e-4)


def test_a_group_that_is_never_there_has_no_agreement():
    seen = positions(4, 5, absent=0)
    seen.x_px[0] = seen.y_px[0] = np.nan
    covariances = MapCovariances.at(seen, size=SIZE, sigma_px=8.0)
    assert np.isnan(covariances.agreement(np.eye(4)[:1], 1 - np.eye(4)[:1]))[0]
    assert np.isnan(leave_one_out(covariances)).tolist() == [True, False, False, False]


def test_one_who_looks_elsewhere_agrees_least_with_the_others():
    seen = positions(7, 40, absent=0)
    seen.x_px[:6], seen.y_px[:6] = seen.x_px[:1] + np.arange(6)[:, None], seen.y_px[:1]
    alone = leave_one_out(MapCovariances.at(seen, size=SIZE, sigma_px=8.0))
    assert alone.argmin() == 6
    assert alone[:6].min() > 0.9


def test_groups_share_nobody_and_keep_weights():
    weights = np.array([2.0, 0, 1, 1, 3, 1, 0, 1, 1])
    groups = random_groups(weights, [1, 2, 3], 20, np.random.default_rng(0))
    assert not (groups.one * groups.other).any()
    for group in (groups.one, groups.other):
        assert ((group == 0) | (group == weights)).all()
        assert ((group > 0).sum(axis=1) == groups.size).all()
    assert (groups.effective <= groups.size + 1e-9).all()
    equal = random_groups(np.ones(9), [4], 3, np.random.default_rng(0))
    assert equal.effective == pytest.approx([4, 4, 4])


def test_sizes_reach_from_one_to_half():
    assert group_sizes(75)[0] == 1
    assert group_sizes(75)[-1] == 37
    assert group_sizes(4) == [1, 2]
