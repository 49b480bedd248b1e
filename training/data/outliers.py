"""Fixations far from the crowd, which some recipes leave out."""

from __future__ import annotations

import numpy as np

from processing.layouts import Points

_FEWEST = 4


def without_outliers(points: Points, reach_px: float) -> Points:
    """The points (N, 2) of a frame without those that have no other one within `reach_px`.

    A second crowd elsewhere stays, however small, as long as two are together. A frame of fewer than four points, or
    one in which everybody is alone, is kept as it is: there is no crowd to be far from.
    """
    if len(points) < _FEWEST:
        return points
    off = (points[:, None] - points).astype(np.float64)
    near = (off**2).sum(2) <= reach_px**2
    accompanied = near.sum(1) > 1
    return points[accompanied] if accompanied.any() else points
