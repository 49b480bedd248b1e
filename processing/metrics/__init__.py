"""The field's metrics as bare definitions on arrays, and the scalings that come before them.

Each metric takes ``(prediction, truth)``, where the truth is a map or points, and scales nothing: a scorer says
which scaling it uses, with which epsilon (`processing.scoring`). docs/metrics.md has the formulas side by side.
"""

from processing.metrics.maps import LOG_EPS, cc, emd, kld, sim
from processing.metrics.normalise import Affine, distribution, minmax, zscore
from processing.metrics.points import (
    Points,
    at,
    information_gain,
    information_gain_of_values,
    nss,
    nss_of_values,
)
from processing.metrics.roc import (
    Ranked,
    area,
    auc_borji,
    auc_judd,
    auc_midrank,
    auc_shuffled,
    judd_area,
)

__all__ = [
    "LOG_EPS",
    "Affine",
    "Points",
    "Ranked",
    "area",
    "at",
    "auc_borji",
    "auc_judd",
    "auc_midrank",
    "auc_shuffled",
    "cc",
    "distribution",
    "emd",
    "information_gain",
    "information_gain_of_values",
    "judd_area",
    "kld",
    "minmax",
    "nss",
    "nss_of_values",
    "sim",
    "zscore",
]
