"""The terms of the loss, each per map and in float32, on log-densities.

Models give `log_p` (B, H, W): logarithms of densities that sum to 1 over each map (a log-softmax over the
grid). Targets are `q` (B, H, W), densities that sum to 1, and `counts` (B, H, W), the splatted fixation
points. Every function returns (B,). Logarithms are never taken of a density plus a small number: that would
clip the gradient exactly at the fixations that a model misses most confidently.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.config import LossConfig

OVER_MAP = (-2, -1)


def kld(log_p: Tensor, q: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the prediction from the target, `sum q (log q - log p)`, in nats."""
    return (torch.special.xlogy(q, q) - q * log_p).sum(OVER_MAP)


def cc(log_p: Tensor, q: Tensor) -> Tensor:
    """Pearson's correlation of the two maps; 0 where either is constant, with a finite gradient."""
    p_centred, q_centred = _centred(log_p.exp()), _centred(q)
    covariance = (p_centred * q_centred).mean(OVER_MAP)
    variances = p_centred.square().mean(OVER_MAP) * q_centred.square().mean(OVER_MAP)
    return covariance / variances.clamp_min(1e-12).sqrt()


def sim(log_p: Tensor, q: Tensor) -> Tensor:
    """Histogram intersection, `sum min(p, q)`."""
    return torch.minimum(log_p.exp(), q).sum(OVER_MAP)


def nss(log_p: Tensor, counts: Tensor) -> Tensor:
    """Normalised scanpath saliency: the z-scored prediction (deviation over all cells) averaged over the points."""
    centred = _centred(log_p.exp())
    z = centred / centred.square().mean(OVER_MAP, keepdim=True).clamp_min(1e-12).sqrt()
    return (z * counts).sum(OVER_MAP) / counts.sum(OVER_MAP)


def total(log_p: Tensor, q: Tensor, counts: Tensor, weights: LossConfig, progress: float) -> Tensor:
    """The weighted sum, averaged over the batch: KLD, 1 - CC and 1 - SIM down, NSS up.

    `progress` in [0, 1] is the share of the run that is done; NSS fades in over its first `nss_ramp_share`,
    because its gradient says little before prediction and target overlap.
    """
    ramp = min(1.0, progress / weights.nss_ramp_share) if weights.nss_ramp_share else 1.0
    per_map = (
        weights.kld * kld(log_p, q)
        + weights.cc * (1 - cc(log_p, q))
        + weights.sim * (1 - sim(log_p, q))
        - weights.nss * ramp * nss(log_p, counts)
    )
    return per_map.mean()


def _centred(density: Tensor) -> Tensor:
    """Deviations from the mean, scaled so that a uniform density is 1: squares of 1e-4 would drown in float32."""
    scaled = density * (density.shape[-2] * density.shape[-1])
    return scaled - scaled.mean(OVER_MAP, keepdim=True)
