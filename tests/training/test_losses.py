"""Every term equals the bare definition of `processing.metrics`, and stays finite where formulas do not."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from processing import metrics
from training import losses
from training.config import LossConfig

H, W = 14, 24
ONLY_BCE = {"kld": 0, "cc": 0, "sim": 0, "nss": 0}


def random_case(
    seed: int, contrast: float, maps: int = 3
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], np.ndarray]:
    """Prediction and target densities (maps, H, W), fixations of each map as cells, and their counts."""
    rng = np.random.default_rng(seed)
    p, q = (np.exp(contrast * rng.normal(size=(maps, H, W))) for _ in range(2))
    points = [rng.integers(0, [H, W], size=(rng.integers(1, 30), 2)) for _ in range(maps)]
    counts = np.zeros((maps, H, W))
    for each, of_map in zip(counts, points, strict=True):
        np.add.at(each, tuple(of_map.T), 1)
    over = (1, 2)
    return p / p.sum(over, keepdims=True), q / q.sum(over, keepdims=True), points, counts


def as_float32(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float32)


def zscored(density: np.ndarray) -> np.ndarray:
    return metrics.zscore(density)(density)


def bare_bce(p: np.ndarray, q: np.ndarray, counts: np.ndarray, fixation_weight: float) -> float:
    ours, theirs = (p * H * W / (1 + p * H * W)), (q * H * W / (1 + q * H * W))
    each = -(theirs * np.log(ours) + (1 - theirs) * np.log(1 - ours))
    return float(((1 + fixation_weight * np.minimum(counts, 1)) * each).mean())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), contrast=st.floats(0.1, 3))
def test_every_term_equals_its_bare_definition(seed: int, contrast: float) -> None:
    p, q, points, counts = random_case(seed, contrast)
    log_p, target, splatted = (as_float32(each) for each in (np.log(p), q, counts))
    terms = {
        "kld": (losses.kld(log_p, target), [metrics.kld(a, b) for a, b in zip(p, q, strict=True)]),
        "cc": (
            losses.cc(log_p, target),
            [metrics.cc(zscored(a), zscored(b)) for a, b in zip(p, q, strict=True)],
        ),
        "sim": (losses.sim(log_p, target), [metrics.sim(a, b) for a, b in zip(p, q, strict=True)]),
        "nss": (
            losses.nss(log_p, splatted),
            [metrics.nss(zscored(a), own) for a, own in zip(p, points, strict=True)],
        ),
        "bce": (
            losses.bce(log_p, target, splatted, 3),
            [bare_bce(a, b, c, 3) for a, b, c in zip(p, q, counts, strict=True)],
        ),
    }
    for name, (computed, expected) in terms.items():
        np.testing.assert_allclose(computed.numpy(), expected, rtol=1e-5, atol=1e-5, err_msg=name)


def test_the_total_weighs_the_terms_and_fades_nss_in() -> None:
    p, q, _, counts = random_case(7, 1.0, maps=4)
    log_p, target, points = (as_float32(each).view(2, 2, H, W) for each in (np.log(p), q, counts))
    weights = LossConfig(kld=2, cc=3, sim=0.5, nss=0.4, bce=0.7, nss_ramp_share=0.5)
    everything = torch.ones(2, 2, dtype=torch.bool)
    for share_done, ramp in ((0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (1.0, 1.0)):
        expected = (
            2 * losses.kld(log_p, target)
            + 3 * (1 - losses.cc(log_p, target))
            + 0.5 * (1 - losses.sim(log_p, target))
            - 0.4 * ramp * losses.nss(log_p, points)
            + 0.7 * losses.bce(log_p, target, points, 3)
        )
        computed = losses.total(log_p, target, points, everything, weights, share_done)
        torch.testing.assert_close(computed, expected.mean())


def test_maps_that_are_not_valid_do_not_count_and_weights_do() -> None:
    p, q, _, counts = random_case(8, 1.0, maps=4)
    log_p, target, points = (as_float32(each).view(2, 2, H, W) for each in (np.log(p), q, counts))
    valid = torch.tensor([[True, False], [True, True]])
    weight = torch.tensor([[1.0, 5.0], [2.0, 0.5]])
    each = losses.per_map(log_p, target, points, LossConfig(), 1.0)
    expected = (each[0, 0] + 2 * each[1, 0] + 0.5 * each[1, 1]) / 3.5
    torch.testing.assert_close(
        losses.total(log_p, target, points, valid, LossConfig(), 1.0, weight), expected
    )


def test_the_mean_over_two_processes_is_the_loss_of_their_common_batch() -> None:
    p, q, _, counts = random_case(9, 1.0, maps=8)
    maps = [as_float32(each).view(4, 2, H, W) for each in (np.log(p), q, counts)]
    valid = torch.tensor([[True, True], [False, False], [True, True], [True, False]])
    whole = losses.total(*maps, valid, LossConfig(), 1.0)
    mean_weight = float(losses.weight_of(valid).sum()) / 2
    halves = [
        losses.total(
            *(each[rank::2] for each in maps), valid[rank::2], LossConfig(), 1.0, weight_sum=mean_weight
        )
        for rank in (0, 1)
    ]
    torch.testing.assert_close((halves[0] + halves[1]) / 2, whole)


def test_a_batch_without_a_valid_map_is_zero_and_keeps_its_graph() -> None:
    logits = torch.randn(2, 1, H, W, generator=torch.Generator().manual_seed(0)).requires_grad_()
    log_p = logits.flatten(2).log_softmax(2).view_as(logits)
    nothing = torch.zeros(2, 1, H, W)
    every = LossConfig(sim=1, bce=1)
    loss = losses.total(log_p, nothing, nothing, torch.zeros(2, 1, dtype=torch.bool), every, 1.0)
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None and not logits.grad.any()


def test_a_confident_miss_keeps_its_gradient() -> None:
    logits = torch.zeros(1, H, W)
    logits[0, 0, 0] = 60.0
    logits.requires_grad_()
    q = torch.zeros(1, H, W)
    q[0, 7, 7] = 1.0
    loss = losses.kld(logits.flatten(1).log_softmax(1).view_as(logits), q)
    loss.sum().backward()
    assert loss.item() == pytest.approx(60, abs=0.1)
    assert logits.grad is not None and float(logits.grad[0, 7, 7]) == pytest.approx(-1, abs=1e-5)


@pytest.mark.parametrize("fill", [0.0, 1 / (H * W)])
def test_constant_maps_and_empty_targets_give_finite_values_and_gradients(fill: float) -> None:
    logits = torch.zeros(2, 1, H, W, requires_grad=True)
    log_p = logits.flatten(2).log_softmax(2).view_as(logits)
    constant = torch.full((2, 1, H, W), fill)
    valid = torch.ones(2, 1, dtype=torch.bool)
    loss = losses.total(log_p, constant, torch.zeros_like(constant), valid, LossConfig(sim=1, bce=1), 1.0)
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None and torch.isfinite(logits.grad).all()


def test_losses_are_in_full_precision_under_autocast() -> None:
    p, q, _, counts = random_case(3, 1e-3, maps=2)
    log_p, target, points = (as_float32(each).view(2, 1, H, W) for each in (np.log(p), q, counts))
    valid = torch.ones(2, 1, dtype=torch.bool)
    outside = losses.total(log_p, target, points, valid, LossConfig(), 1.0)
    with torch.autocast("cpu", torch.bfloat16):
        inside = losses.total(log_p, target, points, valid, LossConfig(), 1.0)
    assert inside.dtype == torch.float32
    torch.testing.assert_close(inside, outside, rtol=0, atol=0)


def test_the_cross_entropy_is_least_where_the_maps_agree() -> None:
    _, q, _, counts = random_case(4, 1.0, maps=1)
    logits = as_float32(np.log(q)).requires_grad_()
    losses.bce(logits, as_float32(q), as_float32(counts), 3).sum().backward()
    assert logits.grad is not None and logits.grad.abs().max() < 1e-7


def test_a_loss_of_nothing_is_refused() -> None:
    LossConfig(**ONLY_BCE, bce=1)
    with pytest.raises(ValueError, match="give at least one term of the loss a weight"):
        LossConfig(**ONLY_BCE)
