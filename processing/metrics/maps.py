"""Metrics that compare two maps.

Both maps have one shape, any shape: a pixel stands beside its pixel. `pixels`, of the same shape, says how many
pixels each entry stands for, so that a frame may be handed over as the list of its different pairs of values.
Neither map is scaled here; `normalise` does that, and each docstring says which scaling the metric is meant for.
"""

import cv2
import numpy as np

from processing.metrics.normalise import Values, total

# The guard of the logarithm that Bylinskii et al. use, 2^-52.
LOG_EPS = 2.2204e-16


def cc(prediction: Values, truth: Values, pixels: Values | None = None, *, eps: float = 0.0) -> float:
    """Pearson's linear correlation of two z-scored maps, -1 to 1.

    ``sum(a * b) / sqrt(sum(a * a) * sum(b * b) + eps)``, and 0 when one of the maps is constant. The deviation by
    which a map was z-scored cancels out; its mean has to be taken off.
    """
    squares = total(prediction, prediction, pixels=pixels) * total(truth, truth, pixels=pixels) + eps
    return total(prediction, truth, pixels=pixels) / float(np.sqrt(squares)) if squares > 0 else 0.0


def sim(prediction: Values, truth: Values, pixels: Values | None = None) -> float:
    """Histogram intersection of two distributions (Swain and Ballard 1991), the sum of minima, 0 to 1."""
    return total(np.minimum(prediction, truth), pixels=pixels)


def kld(prediction: Values, truth: Values, pixels: Values | None = None, *, eps: float = LOG_EPS) -> float:
    """Kullback-Leibler divergence of the prediction from the truth, two distributions, in nats; 0 is best.

    ``sum(t * log(eps + t / (p + eps)))`` (Bylinskii et al. 2019, "What do different evaluation metrics tell us
    about saliency models?"). The epsilon bounds what a confident miss costs, so it belongs to the number.
    """
    return total(truth, np.log(eps + truth / (prediction + eps)), pixels=pixels)


def emd(prediction: Values, truth: Values) -> float:
    """Earth mover's distance of two distributions (H, W): the least mass times distance that makes one the other.

    In pixels of the given grid, between pixel centres, by the transportation simplex (Rubner, Tomasi and Guibas 2000)
    as OpenCV has it, in float32. The time grows faster than the square of the number of cells: meant for grids of
    a few hundred. Both are scaled to mass 1; 0 when one of them is empty.
    """
    if not prediction.any() or not truth.any():
        return 0.0
    distance, _, _ = cv2.EMD(_signature(prediction), _signature(truth), cv2.DIST_L2)
    return float(distance)


def _signature(mass: Values) -> np.ndarray:
    """The cells that hold something: float32 (K, 3), mass, x, y."""
    rows, columns = np.nonzero(mass)
    held = mass[rows, columns]
    return np.column_stack([held / held.sum(), columns, rows]).astype(np.float32)
