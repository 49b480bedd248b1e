"""From a configuration to an untrained model."""

from __future__ import annotations

from training.config import Config
from training.config.nets import (
    AvGateNet,
    CenterPriorNet,
    Lite2dNet,
    LiteS3dNet,
    Net,
    NetConfig,
    UmtHierNet,
)
from training.models.av_gate import AvGate
from training.models.center_prior import CenterPrior, Priors
from training.models.lite2d import Lite2d
from training.models.lites3d import LiteS3d
from training.models.model import Model
from training.models.small_net import SmallNet
from training.models.umt_hier import UmtHier
from training.models.visual import Visual


def build(config: Config, priors: Priors) -> Model:
    """The untrained model that a configuration asks for, on top of the fitted centre priors of its map grids."""
    return build_net(net_of(config), priors)


def build_net(net: Net, priors: Priors) -> Model:
    """The untrained model of that shape."""
    match net:
        case CenterPriorNet():
            return CenterPrior(net, priors)
        case NetConfig():
            return SmallNet(net, priors)
        case Lite2dNet():
            return Lite2d(net, priors)
        case AvGateNet():
            return AvGate(net, _visual(net.visual, priors))
        case _:
            return _visual(net, priors)


def _visual(net: LiteS3dNet | UmtHierNet, priors: Priors) -> Visual:
    return LiteS3d(net, priors) if isinstance(net, LiteS3dNet) else UmtHier(net, priors)


def net_of(config: Config) -> Net:
    """The shape of the configured model."""
    return config.net


def map_stride(config: Config) -> int:
    """How many cells of the input grid lie along a side of a cell of the configured model's map grid."""
    return net_of(config).map_stride
