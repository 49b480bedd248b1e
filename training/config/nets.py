"""The shape of each network; the networks themselves are in `training.models`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from training.config.sections import Positive, Section, Share

MapStride = Literal[2, 4, 8]
Frames = Annotated[int, Field(ge=1, le=64)]

# Pre-trained weights are a name of `training/weights.toml` or the path of a file; empty means random ones.
Weights = Annotated[
    str, Field(description="name in the registry of weights or path of a file; empty = random")
]

# Public convolutional trunks come with batch norms. Frozen ones keep the running means and variances they were
# loaded with; group norms do not depend on the rest of the batch, and suit training from random weights.
Norms = Annotated[
    Literal["group", "batch", "frozen"], Field(description="of the trunk; frozen = batch norms as loaded")
]


def _check_norms(norms: Norms, weights: str) -> None:
    if weights and norms == "group":
        raise ValueError('weights come with batch norms: set norms to "frozen" or "batch"')


class CenterPriorNet(Section):
    """How the centre prior is divided, see `training.models.center_prior`."""

    map_stride: ClassVar[MapStride] = 2

    edges_s: tuple[Positive, ...] = Field(
        default=(),
        max_length=32,
        description="times since the start at which one mean map gives way to the next; none = one for all times",
    )

    @model_validator(mode="after")
    def _edges_in_order(self) -> CenterPriorNet:
        if list(self.edges_s) != sorted(set(self.edges_s)):
            raise ValueError("edges_s has to rise from entry to entry")
        return self


class NetConfig(Section):
    """The shape of the small network, see `training.models.small_net`."""

    map_stride: ClassVar[MapStride] = 2

    lags_s: tuple[Annotated[float, Field(ge=0, le=10)], ...] = Field(
        default=(0.0, 0.2, 0.6),
        min_length=1,
        max_length=8,
        description="how far back each picture of the input lies",
    )
    widths: tuple[Annotated[int, Field(ge=8, le=512, multiple_of=8)], ...] = Field(
        default=(24, 40, 64, 96), min_length=4, max_length=4, description="channels at 1/2, 1/4, 1/8 and 1/16"
    )


class Lite2dNet(Section):
    """The shape of the causal light network, see `training.models.lite2d`."""

    frames: Frames = Field(default=8, description="pictures of a training window")
    step_s: Positive = Field(default=0.2, description="time from one picture of the window to the next")
    map_stride: MapStride = Field(default=4, description="cells of the input grid along a side of a map cell")
    width: Annotated[float, Field(ge=0.125, le=2)] = Field(
        default=1.0, description="multiplies the channels of every layer"
    )
    norms: Norms = "group"
    weights: Weights = ""

    @model_validator(mode="after")
    def _weights_fit_norms(self) -> Lite2dNet:
        _check_norms(self.norms, self.weights)
        return self


class LiteS3dNet(Section):
    """The shape of the light network of separable 3-D convolutions, see `training.models.lites3d`."""

    map_stride: ClassVar[MapStride] = 4

    kind: Literal["lites3d"] = "lites3d"
    frames: Frames = Field(default=16, multiple_of=8, description="pictures of a window")
    step_s: Positive = Field(default=0.2, description="time from one picture of the window to the next")
    width: Annotated[float, Field(ge=0.0625, le=1)] = Field(
        default=1.0, description="multiplies the channels of every layer; 1 fits public weights"
    )
    norms: Norms = "batch"
    weights: Weights = ""

    @model_validator(mode="after")
    def _weights_fit_norms(self) -> LiteS3dNet:
        _check_norms(self.norms, self.weights)
        return self


class UmtHierNet(Section):
    """The shape of the video transformer with its decoder, see `training.models.umt_hier`."""

    map_stride: ClassVar[MapStride] = 4

    kind: Literal["umt_hier"] = "umt_hier"
    size: Literal["tiny", "S", "B", "L"] = "B"
    encoder: Literal["umt", "internvideo2", "vjepa2"] = Field(
        default="umt",
        description="whose blocks and positions: umt is a plain video transformer and fits VideoMAE too",
    )
    frames: Frames = Field(default=16, description="pictures of a window")
    step_s: Positive = Field(default=0.2, description="time from one picture of the window to the next")
    patch: Literal[14, 16] = 16
    tubelet: Literal[1, 2] = Field(default=1, description="pictures that share a token")
    positions: Literal["learned", "fixed"] = Field(
        default="learned", description="learned ones begin as the fixed sinusoids"
    )
    decoder_width: Annotated[int, Field(ge=32, le=1024, multiple_of=32)] = 256
    drop_path: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.2, description="share of dropped branches in the last block; rises linearly from 0"
    )
    recompute_blocks: Annotated[int, Field(ge=0, le=64)] = Field(
        default=0, description="first blocks whose activations are computed again in the backward pass"
    )
    frozen_encoder: bool = Field(default=False, description="train the decoder alone")
    cut_share: Share = Field(
        default=0.4,
        description="a picture whose colours differ from the one before it in this share of pixels begins a new "
        "shot; 1 = never",
    )
    weights: Weights = ""

    @model_validator(mode="after")
    def _whole_tubelets(self) -> UmtHierNet:
        if self.frames % self.tubelet:
            raise ValueError(f"frames is no multiple of tubelet: take a multiple of {self.tubelet}")
        return self


class AvGateNet(Section):
    """A visual network that listens as well, see `training.models.av_gate`."""

    map_stride: ClassVar[MapStride] = 4

    visual: LiteS3dNet | UmtHierNet = Field(default=LiteS3dNet(), discriminator="kind")
    mels: Literal[64] = Field(default=64, description="bands of the log-mel spectrogram, which has no others")
    audio_width: Annotated[int, Field(ge=32, le=512, multiple_of=32)] = 256
    audio_dropout: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.3, description="share of training windows that are treated as silent files"
    )

    @property
    def frames(self) -> int:
        """Pictures of a window."""
        return self.visual.frames

    @property
    def step_s(self) -> float:
        """Time from one picture of the window to the next."""
        return self.visual.step_s

    @property
    def weights(self) -> str:
        """Pre-trained weights of the visual part."""
        return self.visual.weights


Net = CenterPriorNet | NetConfig | Lite2dNet | LiteS3dNet | UmtHierNet | AvGateNet
