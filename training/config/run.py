"""The tables of a configuration, and the configurations that are made of them: one for each baseline."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from training.config.nets import NetConfig
from training.config.sections import Positive, Section, Share, Side, Weight


class DataConfig(Section):
    """How clips are seen: the grid of the pictures, the moments kept in the cache, the rendered targets."""

    long_side: Side = 192
    short_side: Side = 112
    frame_step_s: Positive = Field(
        default=0.1, description="time between the frames that training draws from"
    )
    sigma_share: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None,
        description="sigma of the targets as a share of the longer side; none means the release's recipe",
    )
    outlier_sigmas: Positive | None = Field(
        default=None,
        description="a fixation without another one of its frame within so many sigmas is left out; none keeps all",
    )
    placing: Literal["splat", "nearest"] = Field(
        default="splat",
        description="each fixation is shared among four cells of the map grid, or put into one",
    )
    dilate_cells: Annotated[int, Field(ge=0, le=16)] = Field(
        default=0, description="fixations are widened by so many cells each way where they are counted"
    )
    skip_first_s: Annotated[float, Field(ge=0, le=10)] = Field(
        default=0.0, description="moments of a clip before it are not trained on"
    )
    weigh_by_agreement: bool = Field(
        default=False, description="clips weigh as their observers agree, where the release says how well"
    )

    @model_validator(mode="after")
    def _sides_in_order(self) -> DataConfig:
        if self.short_side > self.long_side:
            raise ValueError("short_side is larger than long_side: swap them")
        return self


class LossConfig(Section):
    """Weights of the terms in `training.losses`."""

    kld: Weight = 1.0
    cc: Weight = 1.0
    sim: Weight = 0.0
    nss: Weight = 0.1
    bce: Weight = 0.0
    bce_fixation_weight: Weight = Field(
        default=3.0, description="what a cell with a fixation weighs more than one without, in the BCE term"
    )
    nss_ramp_share: Share = Field(
        default=0.2, description="share of the steps over which the NSS term fades in"
    )

    @model_validator(mode="after")
    def _something_to_learn(self) -> LossConfig:
        if not (self.kld or self.cc or self.sim or self.nss or self.bce):
            raise ValueError("every weight is 0: give at least one term of the loss a weight")
        return self


class OptimizerConfig(Section):
    """AdamW with warm-up and cosine decay, clipped gradients and an average of the weights."""

    lr: Positive = 2e-3
    weight_decay: Weight = 0.02
    warmup_share: Share = 0.05
    clip_norm: Positive = 1.0
    ema: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.99, description="decay of the averaged weights; 0 = none"
    )


class AugmentConfig(Section):
    """Random changes of pictures that leave attention where it was."""

    mirror: Share = Field(default=0.5, description="share of samples that are mirrored left to right")
    colour: Share = Field(
        default=0.2, description="largest relative change of brightness, contrast and saturation"
    )
    crop: Annotated[float, Field(ge=0.9, le=1)] = Field(
        default=1.0, description="least share of either side that a random crop keeps; 1 = no crops"
    )


class LoopConfig(Section):
    """How long a run takes and how it is cut into steps."""

    steps: Annotated[int, Field(ge=1)] = 3000
    batch: Annotated[int, Field(ge=1, le=1024)] = 16
    frames_per_clip: Annotated[int, Field(ge=1)] = Field(
        default=8, description="frames drawn from a clip in an epoch"
    )
    checkpoint_every_s: Positive = 30.0


class PredictConfig(Section):
    """From a model's density to a map video."""

    tail_share: Share = Field(
        default=0.1,
        description="share of the map's mass that is spread out as the square root of the density, so that "
        "places the model holds unlikely still differ after rounding to 10 bits",
    )


class CenterPriorConfig(Section):
    """A run of the centre prior: nothing to optimise."""

    model: Literal["center_prior"]
    seed: int = 0
    data: DataConfig = DataConfig()


class SmallNetConfig(Section):
    """A run of the small network."""

    model: Literal["small_net"]
    seed: int = 0
    data: DataConfig = DataConfig()
    net: NetConfig = NetConfig()
    loss: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    augment: AugmentConfig = AugmentConfig()
    train: LoopConfig = LoopConfig()
    predict: PredictConfig = PredictConfig()


Config = CenterPriorConfig | SmallNetConfig
