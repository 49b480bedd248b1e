"""What a training run is made of: frozen, checked, read from TOML, saved with the run, named by its hash."""

from __future__ import annotations

import hashlib
import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from processing.errors import BadInput
from training.grid import SIDE_MULTIPLE

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=32, le=1024, multiple_of=SIDE_MULTIPLE)]


class Section(BaseModel):
    """A table of the file: an unknown key is an error, and nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


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

    @model_validator(mode="after")
    def _sides_in_order(self) -> DataConfig:
        if self.short_side > self.long_side:
            raise ValueError("short_side is larger than long_side: swap them")
        return self


class NetConfig(Section):
    """The shape of the network, see `training.models.small_net`."""

    lags_s: tuple[Annotated[float, Field(ge=0, le=10)], ...] = Field(
        default=(0.0, 0.2, 0.6),
        min_length=1,
        max_length=8,
        description="how far back each picture of the input lies",
    )
    widths: tuple[Annotated[int, Field(ge=8, le=512, multiple_of=8)], ...] = Field(
        default=(24, 40, 64, 96), min_length=4, max_length=4, description="channels at 1/2, 1/4, 1/8 and 1/16"
    )


class LossConfig(Section):
    """Weights of the terms in `training.losses`."""

    kld: Weight = 1.0
    cc: Weight = 1.0
    sim: Weight = 0.0
    nss: Weight = 0.1
    nss_ramp_share: Share = Field(
        default=0.2, description="share of the steps over which the NSS term fades in"
    )

    @model_validator(mode="after")
    def _something_to_learn(self) -> LossConfig:
        if not (self.kld or self.cc or self.sim or self.nss):
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
_reader: TypeAdapter[Config] = TypeAdapter(Annotated[Config, Field(discriminator="model")])


def presets() -> list[str]:
    """Names of the configurations that come with Cursal, sorted."""
    return sorted(
        Path(entry.name).stem
        for entry in resources.files("training.configs").iterdir()
        if entry.name.endswith(".toml")
    )


def load(name_or_path: str) -> Config:
    """Read a preset by its name, or a TOML file by its path (anything with a slash or ending in `.toml`).

    Raises `BadInput` when it does not exist, is no TOML, or holds an unknown key or an impossible value.
    """
    if "/" not in name_or_path and not name_or_path.endswith(".toml"):
        if name_or_path not in presets():
            raise BadInput(
                f"no preset is called {name_or_path!r}: use one of {', '.join(presets())}, or the path of a TOML file"
            )
        text = resources.files("training.configs").joinpath(f"{name_or_path}.toml").read_text("utf-8")
    else:
        path = Path(name_or_path)
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"cannot read the configuration {path}: {error}") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name_or_path} is not valid TOML: {error}") from error
    return from_document(document, name_or_path)


def from_document(document: object, source: str = "configuration") -> Config:
    """Check a configuration given as plain types; `source` names it in the error."""
    try:
        return _reader.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        # The discriminator's own tag stands first in the location and is no key of the file.
        key = ".".join(str(part) for part in first["loc"] if part not in ("center_prior", "small_net"))
        reason = (
            "unknown key"
            if first["type"] == "extra_forbidden"
            else first["msg"].removeprefix("Value error, ")
        )
        raise BadInput(f"{source}: {key + ': ' if key else ''}{reason}") from error


def canonical(config: Config) -> str:
    """The configuration as JSON with every key, sorted: equal configurations have equal text."""
    return json.dumps(config.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))


def fingerprint(config: Config) -> str:
    """sha256 of the canonical text, in hex; the name of a configuration."""
    return hashlib.sha256(canonical(config).encode()).hexdigest()
