"""The tables that configurations are made of, see `training.config.baselines` for the configurations themselves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from training.config.sections import Positive, Section, Share, Side, Weight


class DataConfig(Section):
    """How clips are seen: the grid of the pictures, the moments kept in the cache, the rendered targets."""

    long_side: Side = 192
    short_side: Side = 112
    frame_step_s: Positive = Field(
        default=0.1,
        description="time between the frames that training draws from; no longer than from one picture of a window "
        "to the next, less the share of augment.stride",
    )
    sigma_share: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None,
        description="sigma of the targets as a share of the longer side; none means the release's recipe",
    )
    outlier_sigmas: Positive | None = Field(
        default=None,
        description="a fixation with less than a tenth of its frame's within so many sigmas is left out; "
        "none keeps all",
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
    hard_gain: Weight = Field(
        default=0.0,
        description="clips that are still predicted badly weigh up to 1 + this times the others; 0 = alike",
    )
    hard_from_share: Share = Field(
        default=0.2, description="share of the steps after which hard clips weigh more"
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
    encoder_lr_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1.0, description="rate of the encoder's last layer as a share of lr, for pre-trained weights"
    )
    layer_decay: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1.0, description="each layer of the encoder learns so much slower than the one after it"
    )
    frozen_epochs: Annotated[int, Field(ge=0)] = Field(
        default=0, description="epochs at the beginning in which the encoder does not learn"
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
    stride: Annotated[float, Field(ge=0, le=0.5)] = Field(
        default=0.0, description="largest relative change of the time between the pictures of a window"
    )


class LoopConfig(Section):
    """How long a run takes, how it is cut into steps, and how it looks at itself on the way."""

    steps: Annotated[int, Field(ge=1)] = 3000
    batch: Annotated[int, Field(ge=1, le=1024)] = Field(
        default=16, description="windows at once, in each process"
    )
    accumulate: Annotated[int, Field(ge=1, le=1024)] = Field(
        default=1, description="batches whose gradients are added up for one step"
    )
    windows_per_clip: Annotated[int, Field(ge=1)] = Field(
        default=8, description="windows drawn from a clip in an epoch"
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto", description="of the network; auto = bf16 on a GPU. The loss is always in fp32"
    )
    compile: bool = Field(default=False, description="compile the network with torch.compile, on a GPU only")
    checkpoint_every_s: Positive = 30.0
    validation_share: Annotated[float, Field(ge=0, le=0.5)] = Field(
        default=0.0, description="share of the training clips that is kept out for validation; 0 = none"
    )
    validate_every: Annotated[int, Field(ge=1)] = Field(
        default=500, description="steps between two validations"
    )
    validation_windows: Annotated[int, Field(ge=1)] = Field(
        default=4, description="windows of each clip of a validation"
    )
    patience: Annotated[int, Field(ge=0)] = Field(
        default=0, description="validations without a better CC after which the run ends; 0 = never early"
    )
    samples: Annotated[int, Field(ge=0, le=100)] = Field(
        default=8, description="pictures that the run draws of its predictions on its way"
    )
    tensorboard: bool = Field(
        default=False, description="write the curves for TensorBoard too, where that is installed"
    )


class PredictConfig(Section):
    """From a model's density to a map video."""

    tail_share: Share = Field(
        default=0.1,
        description="share of the map's mass that is spread out as the square root of the density, so that "
        "places the model holds unlikely still differ after rounding to 10 bits",
    )
    mirror: bool = Field(
        default=False, description="predict the mirrored pictures as well, and average the two logits"
    )
    batch: Annotated[int, Field(ge=1, le=1024)] = Field(default=8, description="windows at once")
