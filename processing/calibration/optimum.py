"""Where a curve is highest, between its points and in spite of its noise."""

import numpy as np

from processing.coarse import Floats

# The top tenth of a curve's height: wide enough to smooth over noise, narrow enough to be a parabola.
_TOP_SHARE = 0.1


def highest(at: Floats, curve: Floats) -> float:
    """The place of a curve's peak: the vertex of the parabola through its top, float.

    at, curve: float64 (P,), `at` ascending. Of the points in one piece around the greatest that lie in the top
    tenth of the curve's height, and at least its neighbours, a parabola is fitted; its vertex is kept within
    those points. At either end of the curve, and where no parabola opens downwards, it is the greatest point.
    """
    peak = int(np.nanargmax(curve))
    if peak in (0, len(curve) - 1):
        return float(at[peak])
    enough = np.nan_to_num(curve, nan=-np.inf) >= curve[peak] - _TOP_SHARE * (curve[peak] - np.nanmin(curve))
    first, last = peak - 1, peak + 1
    while first > 0 and enough[first - 1]:
        first -= 1
    while last < len(curve) - 1 and enough[last + 1]:
        last += 1
    top = slice(first, last + 1)
    known = np.isfinite(curve[top])
    centre = at[peak]
    bend, slope, _ = (
        np.polyfit(at[top][known] - centre, curve[top][known], 2) if known.sum() > 2 else (0, 0, 0)
    )
    if bend >= 0:
        return float(centre)
    return float(np.clip(centre - slope / (2 * bend), at[first], at[last]))
