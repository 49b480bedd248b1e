"""One baseline a file; all give log-densities on the map grid."""

from __future__ import annotations

from training.config import CenterPriorConfig, Config
from training.models.center_prior import CenterPrior, Priors
from training.models.small_net import SmallNet

Model = CenterPrior | SmallNet


def build(config: Config, priors: Priors) -> Model:
    """The untrained model that a configuration asks for, on top of the fitted centre priors."""
    if isinstance(config, CenterPriorConfig):
        return CenterPrior(priors)
    return SmallNet(config.net, priors)
