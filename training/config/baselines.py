"""One configuration for each baseline; `model` tells which."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from training.config.nets import AvGateNet, CenterPriorNet, Lite2dNet, LiteS3dNet, NetConfig, UmtHierNet
from training.config.run import (
    AugmentConfig,
    DataConfig,
    LoopConfig,
    LossConfig,
    OptimizerConfig,
    PredictConfig,
)
from training.config.sections import Licence, Section, Seed
from training.grid import Orientation, input_grid, require_whole_patches


class CenterPriorConfig(Section):
    """A run of the centre prior: nothing to optimise."""

    model: Literal["center_prior"]
    seed: Seed = 0
    licence: Licence = ""
    data: DataConfig = DataConfig()
    net: CenterPriorNet = CenterPriorNet()


class TrainedConfig(Section):
    """What the runs of all networks have in common."""

    seed: Seed = 0
    licence: Licence = ""
    data: DataConfig = DataConfig()
    loss: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    augment: AugmentConfig = AugmentConfig()
    train: LoopConfig = LoopConfig()
    predict: PredictConfig = PredictConfig()


class SmallNetConfig(TrainedConfig):
    """A run of the small network."""

    model: Literal["small_net"]
    net: NetConfig = NetConfig()


class Lite2dConfig(TrainedConfig):
    """A run of the causal light network."""

    model: Literal["lite2d"]
    net: Lite2dNet = Lite2dNet()


class LiteS3dConfig(TrainedConfig):
    """A run of the light network of separable 3-D convolutions."""

    model: Literal["lites3d"]
    net: LiteS3dNet = LiteS3dNet()


class UmtHierConfig(TrainedConfig):
    """A run of the video transformer with its decoder."""

    model: Literal["umt_hier"]
    net: UmtHierNet = UmtHierNet()

    @model_validator(mode="after")
    def _whole_patches(self) -> UmtHierConfig:
        _check_patches(self.data, self.net)
        return self


class AvGateConfig(TrainedConfig):
    """A run of a network that listens as well."""

    model: Literal["av_gate"]
    net: AvGateNet = AvGateNet()

    @model_validator(mode="after")
    def _whole_patches(self) -> AvGateConfig:
        if isinstance(self.net.visual, UmtHierNet):
            _check_patches(self.data, self.net.visual)
        return self


def _check_patches(data: DataConfig, net: UmtHierNet) -> None:
    """Every way up has a grid of its own, and the square one's side follows from both sides."""
    for orientation in Orientation:
        require_whole_patches(input_grid(orientation, data.long_side, data.short_side), net.patch)


NetworkConfig = SmallNetConfig | Lite2dConfig | LiteS3dConfig | UmtHierConfig | AvGateConfig
Config = CenterPriorConfig | NetworkConfig
