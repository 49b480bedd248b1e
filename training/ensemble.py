"""Several models as one: the mean of their log-densities, which is the product of experts of equal weight."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from training.predictor import Maps


def mean_of(log_densities: Sequence[Maps]) -> Maps:
    """One log-density from several of the same frame, on the finest of their grids."""
    if len(log_densities) == 1:
        return log_densities[0]
    height, width = max((each.shape for each in log_densities), key=lambda shape: shape[0] * shape[1])
    raised = [
        each
        if each.shape == (height, width)
        else cv2.resize(each, (width, height), interpolation=cv2.INTER_LINEAR)
        for each in log_densities
    ]
    mean = np.mean(raised, axis=0)
    peak = mean.max()
    return (mean - peak - np.log(np.exp(mean - peak).sum())).astype(np.float32)
