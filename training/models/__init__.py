"""One baseline a file; all give log-densities on the map grid."""

from __future__ import annotations

from training.models.building import build, build_net, map_stride, net_of
from training.models.center_prior import CenterPrior, Priors
from training.models.model import Model
from training.models.small_net import SmallNet

__all__ = ["CenterPrior", "Model", "Priors", "SmallNet", "build", "build_net", "map_stride", "net_of"]
