import numpy as np
import pytest

from processing.bootstrap import Estimate, bootstrap_counts, interval


def test_too_few_replicates_have_no_interval():
    assert interval(np.arange(19.0)) == (None, None)
    low, high = interval(np.append(np.arange(101.0), np.nan))
    assert (low, high) == (2, 98)
    assert interval(np.append(np.arange(90.0), [np.inf] * 10)) == (2, np.inf)


def test_an_observer_counts_the_same_whatever_else_is_in_the_set():
    counts = bootstrap_counts("anna", 5000, 0)
    assert np.array_equal(counts, bootstrap_counts("anna", 5000, 0))
    assert not np.array_equal(counts, bootstrap_counts("anna", 5000, 1))
    assert abs(np.corrcoef(counts, bootstrap_counts("bert", 5000, 0))[0, 1]) < 0.05
    assert counts.mean() == pytest.approx(1, abs=0.05)
    assert counts.var() == pytest.approx(1, abs=0.1)


def test_an_estimate_is_rounded_and_what_is_endless_is_none():
    assert Estimate(1.26, None, float("inf")).document(1) == {"value": 1.3, "low": None, "high": None}
