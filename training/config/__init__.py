"""What a training run is made of: frozen, checked, read from TOML, saved with the run, named by its hash."""

from training.config.nets import NetConfig
from training.config.reading import canonical, fingerprint, from_document, load, presets
from training.config.run import (
    AugmentConfig,
    CenterPriorConfig,
    Config,
    DataConfig,
    LoopConfig,
    LossConfig,
    OptimizerConfig,
    PredictConfig,
    SmallNetConfig,
)

__all__ = [
    "AugmentConfig",
    "CenterPriorConfig",
    "Config",
    "DataConfig",
    "LoopConfig",
    "LossConfig",
    "NetConfig",
    "OptimizerConfig",
    "PredictConfig",
    "SmallNetConfig",
    "canonical",
    "fingerprint",
    "from_document",
    "load",
    "presets",
]
