"""The terms of the loss, each per map and in float32, on log-densities.

Models give `log_p` (..., h, w): logarithms of densities that sum to 1 over each map (a log-softmax over the grid).
Targets are `q` (..., h, w), densities that sum to 1, and `counts` (..., h, w), the splatted fixation points. Every
term returns (...). Logarithms are never taken of a density plus a small number: that would clip the gradient
exactly at the fixations that a model misses most confidently. Constant maps and empty targets give finite values
and gradients.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from training.config import LossConfig

OVER_MAP = (-2, -1)
_LEAST_VARIANCE = 1e-12
_TINY = torch.finfo(torch.float32).tiny


def kld(log_p: Tensor, q: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the prediction from the target, `sum q (log q - log p)`, in nats."""
    return (torch.special.xlogy(q, q) - q * log_p).sum(OVER_MAP)


def cc(log_p: Tensor, q: Tensor) -> Tensor:
    """Pearson's correlation of the two maps; 0 where either is constant, with a finite gradient."""
    p_centred, q_centred = _centred(log_p.exp()), _centred(q)
    covariance = (p_centred * q_centred).mean(OVER_MAP)
    variances = p_centred.square().mean(OVER_MAP) * q_centred.square().mean(OVER_MAP)
    return covariance / variances.clamp_min(_LEAST_VARIANCE).sqrt()


def sim(log_p: Tensor, q: Tensor) -> Tensor:
    """Histogram intersection, `sum min(p, q)`."""
    return torch.minimum(log_p.exp(), q).sum(OVER_MAP)


def nss(log_p: Tensor, counts: Tensor) -> Tensor:
    """Normalised scanpath saliency: the z-scored prediction (deviation over all cells) averaged over the points."""
    centred = _centred(log_p.exp())
    z = centred / centred.square().mean(OVER_MAP, keepdim=True).clamp_min(_LEAST_VARIANCE).sqrt()
    return (z * counts).sum(OVER_MAP) / counts.sum(OVER_MAP).clamp_min(torch.finfo(counts.dtype).tiny)


def bce(log_p: Tensor, q: Tensor, counts: Tensor, fixation_weight: float) -> Tensor:
    """Cross entropy cell by cell, averaged over the cells, each weighing `1 + fixation_weight * min(count, 1)`.

    A density is no probability of a cell, so both maps are taken as odds against the uniform density:
    `s = n p / (1 + n p)` with n cells, of which log(n p) is the logit. The minimum is at p = q.
    """
    cells = q.shape[-2] * q.shape[-1]
    odds = q * cells
    weight = 1 + fixation_weight * counts.clamp_max(1)
    logits = log_p + math.log(cells)
    each = functional.binary_cross_entropy_with_logits(logits, odds / (1 + odds), reduction="none")
    return (weight * each).mean(OVER_MAP)


def per_map(log_p: Tensor, q: Tensor, counts: Tensor, weights: LossConfig, share_done: float) -> Tensor:
    """The weighted sum of the terms of each map: KLD, 1 - CC, 1 - SIM and BCE down, NSS up.

    `share_done` in [0, 1] is the share of the run that is over; NSS fades in over its first `nss_ramp_share`,
    because its gradient says little before prediction and target overlap.
    """
    ramp = min(1.0, share_done / weights.nss_ramp_share) if weights.nss_ramp_share else 1.0
    loss = log_p.new_zeros(log_p.shape[:-2])
    if weights.kld:
        loss = loss + weights.kld * kld(log_p, q)
    if weights.cc:
        loss = loss + weights.cc * (1 - cc(log_p, q))
    if weights.sim:
        loss = loss + weights.sim * (1 - sim(log_p, q))
    if weights.nss and ramp:
        loss = loss - weights.nss * ramp * nss(log_p, counts)
    if weights.bce:
        loss = loss + weights.bce * bce(log_p, q, counts, weights.bce_fixation_weight)
    return loss


def total(
    log_p: Tensor,
    density: Tensor,
    counts: Tensor,
    valid: Tensor,
    weights: LossConfig,
    share_done: float,
    sample_weight: Tensor | None = None,
    *,
    weight_sum: float | None = None,
) -> Tensor:
    """Weighted mean of `per_map` over the valid maps of a batch, a scalar; 0 * sum(log_p) when there is none.

    All maps are (B, K, h, w), `valid` bool (B, K), `sample_weight` (B, K), 1 when left out. `weight_sum` is what the
    weighted sum is divided by, the batch's own sum of weights when left out: batches that are parts of a larger one
    take the same, so that their losses can be added up.
    """
    with torch.autocast(log_p.device.type, enabled=False):
        each = per_map(log_p.float(), density, counts, weights, share_done)
        share = weight_of(valid, sample_weight)
        divisor = share.sum().clamp_min(_TINY) if weight_sum is None else max(weight_sum, _TINY)
        return (share * each).sum() / divisor


def weight_of(valid: Tensor, sample_weight: Tensor | None = None) -> Tensor:
    """What each map weighs in `total`, float32 (B, K): nothing unless it is valid."""
    return valid.float() if sample_weight is None else valid * sample_weight.float()


def _centred(density: Tensor) -> Tensor:
    """Deviations from the mean, scaled so that a uniform density is 1: squares of 1e-4 would drown in float32."""
    scaled = density * (density.shape[-2] * density.shape[-1])
    return scaled - scaled.mean(OVER_MAP, keepdim=True)
