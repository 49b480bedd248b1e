"""From a configuration to an untrained model."""

from __future__ import annotations

from training.config import CenterPriorConfig, Config
from training.config.nets import CenterPriorNet, NetConfig
from training.models.center_prior import CenterPrior, Priors
from training.models.model import Model
from training.models.small_net import SmallNet


def build(config: Config, priors: Priors) -> Model:
    """The untrained model that a configuration asks for, on top of the fitted centre priors of its map grids."""
    if isinstance(config, CenterPriorConfig):
        return CenterPrior(priors)
    return SmallNet(config.net, priors)


def map_stride(config: Config) -> int:
    """How many cells of the input grid lie along a side of a cell of the configured model's map grid."""
    if isinstance(config, CenterPriorConfig):
        return CenterPriorNet.map_stride
    return NetConfig.map_stride
