"""Every term equals its bare formula in double precision, and stays finite where formulas do not."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training import losses
from training.config import LossConfig

H, W = 14, 24


def random_case(seed: int, contrast: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prediction and target densities (3, H, W) and fixation counts (3, H, W)."""
    rng = np.random.default_rng(seed)
    p = np.exp(contrast * rng.normal(size=(3, H, W)))
    q = np.exp(contrast * rng.normal(size=(3, H, W)))
    counts = rng.poisson(0.1, size=(3, H, W)) + 0.25 * (np.arange(H * W).reshape(H, W) == 5)
    total = (1, 2)
    return p / p.sum(total, keepdims=True), q / q.sum(total, keepdims=True), counts


def as_float32(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float32)


def bare_kld(p: np.ndarray, q: np.ndarray) -> float:
    return float((q * np.log(q / p)).sum())


def bare_cc(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.corrcoef(p.ravel(), q.ravel())[0, 1])


def bare_sim(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.minimum(p, q).sum())


def bare_nss(p: np.ndarray, counts: np.ndarray) -> float:
    return float((((p - p.mean()) / p.std()) * counts).sum() / counts.sum())


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), contrast=st.floats(0.1, 3))
def test_every_term_equals_its_bare_formula(seed: int, contrast: float) -> None:
    p, q, counts = random_case(seed, contrast)
    log_p = as_float32(np.log(p))
    terms = {
        bare_kld: losses.kld(log_p, as_float32(q)),
        bare_cc: losses.cc(log_p, as_float32(q)),
        bare_sim: losses.sim(log_p, as_float32(q)),
    }
    for bare, computed in terms.items():
        expected = [bare(*maps) for maps in zip(p, q, strict=True)]
        np.testing.assert_allclose(computed.numpy(), expected, rtol=1e-5, atol=1e-5)
    expected = [bare_nss(*maps) for maps in zip(p, counts, strict=True)]
    np.testing.assert_allclose(losses.nss(log_p, as_float32(counts)).numpy(), expected, rtol=1e-5, atol=1e-5)


def test_the_total_weighs_the_terms_and_fades_nss_in() -> None:
    p, q, counts = random_case(7, 1.0)
    log_p, target, points = as_float32(np.log(p)), as_float32(q), as_float32(counts)
    weights = LossConfig(kld=2, cc=3, sim=0.5, nss=0.4, nss_ramp_share=0.5)
    for progress, ramp in ((0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (1.0, 1.0)):
        expected = np.mean(
            [
                2 * bare_kld(a, b)
                + 3 * (1 - bare_cc(a, b))
                + 0.5 * (1 - bare_sim(a, b))
                - 0.4 * ramp * bare_nss(a, c)
                for a, b, c in zip(p, q, counts, strict=True)
            ]
        )
        assert float(losses.total(log_p, target, points, weights, progress)) == pytest.approx(
            expected, rel=1e-5
        )


def test_a_confident_miss_keeps_its_gradient() -> None:
    logits = torch.zeros(1, H, W, requires_grad=True)
    with torch.no_grad():
        logits[0, 0, 0] = 60.0
    q = torch.zeros(1, H, W)
    q[0, 7, 7] = 1.0
    loss = losses.kld(logits.flatten(1).log_softmax(1).view_as(logits), q)
    loss.sum().backward()
    assert loss.item() == pytest.approx(60, abs=0.1)
    assert logits.grad is not None and float(logits.grad[0, 7, 7]) == pytest.approx(-1, abs=1e-5)


def test_a_constant_prediction_gives_finite_values_and_gradients() -> None:
    _, q, counts = random_case(3, 1.0)
    logits = torch.zeros(3, H, W, requires_grad=True)
    log_p = logits.flatten(1).log_softmax(1).view_as(logits)
    loss = losses.total(log_p, as_float32(q), as_float32(counts), LossConfig(sim=0.5), 1.0)
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None and torch.isfinite(logits.grad).all()
