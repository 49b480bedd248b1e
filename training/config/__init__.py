"""What a training run is made of: frozen, checked, read from TOML, saved with the run, named by its hash."""

from training.config.baselines import (
    AvGateConfig,
    CenterPriorConfig,
    Config,
    Lite2dConfig,
    LiteS3dConfig,
    NetworkConfig,
    SmallNetConfig,
    TrainedConfig,
    UmtHierConfig,
)
from training.config.nets import NetConfig
from training.config.reading import (
    fingerprint,
    fingerprint_of,
    from_document,
    load,
    presets,
    schema,
)
from training.config.run import (
    AugmentConfig,
    DataConfig,
    LoopConfig,
    LossConfig,
    OptimizerConfig,
    PredictConfig,
)

__all__ = [
    "AugmentConfig",
    "AvGateConfig",
    "CenterPriorConfig",
    "Config",
    "DataConfig",
    "Lite2dConfig",
    "LiteS3dConfig",
    "LoopConfig",
    "LossConfig",
    "NetConfig",
    "NetworkConfig",
    "OptimizerConfig",
    "PredictConfig",
    "SmallNetConfig",
    "TrainedConfig",
    "UmtHierConfig",
    "fingerprint",
    "fingerprint_of",
    "from_document",
    "load",
    "presets",
    "schema",
]
