"""Fixations far from the crowd, which some recipes leave out."""

from __future__ import annotations

import numpy as np

from processing.layouts import Points

_FEWEST = 4
# An observer leaves several samples in a frame, so nobody is ever without a neighbour: it takes a share of all of
# them to be a crowd. Of twenty observers two make one.
_CROWD_SHARE = 0.1


def without_outliers(points: Points, reach_px: float) -> Points:
    """The points (N, 2) of a frame without those that have less than a tenth of them all within `reach_px`.

    The point itself counts, and two are the least that are a crowd. A second crowd elsewhere stays, as long as it
    is one. A frame of fewer than four points, or one without any crowd, is kept as it is: there is nothing to be far
    from.
    """
    if len(points) < _FEWEST:
        return points
    off = (points[:, None] - points).astype(np.float64)
    near = (off**2).sum(2) <= reach_px**2
    accompanied = near.sum(1) >= max(2, int(_CROWD_SHARE * len(points)))
    return points[accompanied] if accompanied.any() else points
