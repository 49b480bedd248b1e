import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import entropy, pearsonr

from processing import metrics

seeds = st.integers(0, 2**32 - 1)


def two_maps(seed, levels=50):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(2, 25, 2))
    return rng.integers(0, levels, shape) / levels, rng.integers(0, levels, shape) / levels


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_cc_is_pearsons_r_whatever_scale_and_offset(seed):
    a, b = two_maps(seed)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return
    expected = pearsonr(a.ravel(), b.ravel()).statistic
    for prediction in (a, 3.5 * a + 11):
        z, z_true = metrics.zscore(prediction), metrics.zscore(b)
        assert metrics.cc(z(prediction), z_true(b)) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_groups_of_pixels_score_as_the_pixels_one_by_one(seed):
    a, b = two_maps(seed, levels=4)
    pairs, pixels = np.unique(np.column_stack([a.ravel(), b.ravel()]), axis=0, return_counts=True)
    p, t = np.ascontiguousarray(pairs.T)
    z, z_groups = metrics.zscore(a, eps=1e-7), metrics.zscore(p, pixels, eps=1e-7)
    assert z_groups == pytest.approx(z)
    share, share_true = metrics.distribution(a, eps=1e-7), metrics.distribution(b, eps=1e-7)
    assert metrics.distribution(p, pixels, eps=1e-7) == pytest.approx(share)
    for metric in (metrics.cc, metrics.sim, metrics.kld):
        one_by_one = metric(share(a), share_true(b))
        assert metric(share(p), share_true(t), pixels) == pytest.approx(one_by_one, rel=1e-9, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_sim_and_kld_of_distributions_have_their_bounds(seed):
    a, b = (values + 0.01 for values in two_maps(seed))
    a, b = a / a.sum(), b / b.sum()
    assert 0 < metrics.sim(a, b) <= 1 + 1e-12
    assert metrics.sim(a, b) == pytest.approx(1 - np.abs(a - b).sum() / 2)
    assert metrics.kld(a, b) == pytest.approx(entropy(b.ravel(), a.ravel()), abs=1e-9)
    assert metrics.sim(b, b) == pytest.approx(1)
    assert metrics.kld(b, b) == pytest.approx(0, abs=1e-9)


def test_what_a_confident_miss_costs_is_bounded_by_the_epsilon():
    miss, truth = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert metrics.kld(miss, truth) == pytest.approx(-np.log(metrics.LOG_EPS))
    assert metrics.kld(miss, truth, eps=1e-7) == pytest.approx(-np.log(1e-7))


def test_a_constant_map_correlates_with_nothing():
    flat, other = np.zeros((3, 4)), np.arange(12.0).reshape(3, 4)
    assert metrics.cc(flat, metrics.zscore(other)(other)) == 0
    assert metrics.cc(flat, metrics.zscore(other)(other), eps=1e-7) == 0


def cheapest_transport(prediction, truth):
    """Earth mover's distance as the linear programme that it is."""
    places = np.argwhere(np.ones(prediction.shape))
    cost = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    n = len(places)
    sums = np.zeros((2 * n, n * n))
    for place in range(n):
        sums[place, place * n : (place + 1) * n] = 1
        sums[n + place, place::n] = 1
    return linprog(cost.ravel(), A_eq=sums, b_eq=np.r_[prediction.ravel(), truth.ravel()]).fun


@pytest.mark.parametrize("seed", range(3))
def test_emd_is_the_cheapest_transport(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.random((4, 5)), rng.random((4, 5)) ** 4
    a, b = a / a.sum(), b / b.sum()
    assert metrics.emd(a, b) == pytest.approx(cheapest_transport(a, b), rel=1e-4)


def test_emd_of_a_moved_point_is_how_far_it_moved():
    a, b = np.zeros((5, 9)), np.zeros((5, 9))
    a[0, 0], b[3, 4] = 7, 2
    assert metrics.emd(a, b) == pytest.approx(5)
    assert metrics.emd(a, a) == pytest.approx(0, abs=1e-6)
    assert metrics.emd(a, np.zeros((5, 9))) == 0
