"""Every number that stands between tracks and maps, in one frozen object with a fingerprint."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from processing.errors import BadInput

# AIM24 leaves sigma open; CrowdSAL's 57.6 px in Full HD is 0.03 of the longer side, about 1 degree at 60 cm.
DEFAULT_SIGMA_SHARE = 0.03
# The usual thresholds of eye tracking, 30 degrees a second (Olsen 2012), 1 degree and 100 ms (Salvucci and
# Goldberg 2000), at that same 0.03 of the longer side a degree.
DEFAULT_IVT_SPEED_SHARE_S = 0.9
DEFAULT_IDT_DISPERSION_SHARE = 0.03
DEFAULT_FIXATION_MIN_MS = 100

# What may be given in one of three units: as a share of the longer side, in video pixels, in degrees.
Quantity = Literal["sigma", "ivt_speed", "idt_dispersion", "transit_speed"]
UNITS: dict[Quantity, tuple[str, str, str]] = {
    "sigma": ("sigma_share", "sigma_px", "sigma_deg"),
    "ivt_speed": ("ivt_speed_share_s", "ivt_speed_px_s", "ivt_speed_deg_s"),
    "idt_dispersion": ("idt_dispersion_share", "idt_dispersion_px", "idt_dispersion_deg"),
    "transit_speed": ("transit_speed_share_s", "transit_speed_px_s", "transit_speed_deg_s"),
}


class Recipe(BaseModel):
    """How tracks become fixation points and maps. Two recipes with the same document are the same recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    rate_hz: int = Field(
        default=100, ge=1, le=10_000, description="Samples a second of the common grid. Source: AIM24."
    )
    lag_ms: int = Field(
        default=300,
        ge=-10_000,
        le=10_000,
        description="How late the hand is: the cursor at t + lag shows attention at t. Source: AIM24, OpenSAL360.",
    )
    sigma_share: float | None = Field(
        default=None,
        gt=0,
        le=10,
        description="Gaussian sigma as a share of the longer side. Source: CrowdSAL, 0.03.",
    )
    sigma_px: float | None = Field(default=None, gt=0, le=1e6, description="Gaussian sigma in video pixels.")
    sigma_deg: float | None = Field(
        default=None, gt=0, le=180, description="Gaussian sigma in degrees of visual angle."
    )
    px_per_deg: float | None = Field(
        default=None,
        gt=0,
        le=1e6,
        description="Video pixels in a degree of visual angle; goes with the keys in degrees.",
    )
    tail: Literal["none", "hold", "trim"] = Field(
        default="none",
        description="After an observer's last sample: nothing, the last position held to the clip's end, or "
        "fixations, map and released clip end at the last covered frame.",
    )
    empty_frames: Literal["nearest", "fail"] = Field(
        default="nearest", description="A frame without points gets the nearest frame's, or the build fails."
    )
    crop_start_ms: int = Field(
        default=0,
        ge=0,
        le=3_600_000,
        description="Time at the start of the hand's own track that is left out. Source: OpenSAL360, 1500.",
    )
    fixations: Literal["all", "ivt", "idt"] = Field(
        default="all",
        description="Every grid sample is a fixation point (AIM24), or those of fixations that I-VT or I-DT finds.",
    )
    ivt_speed_share_s: float | None = Field(
        default=None, gt=0, le=1e3, description="I-VT: longer sides a second at which a fixation ends."
    )
    ivt_speed_px_s: float | None = Field(
        default=None, gt=0, le=1e7, description="I-VT: video pixels a second at which a fixation ends."
    )
    ivt_speed_deg_s: float | None = Field(
        default=None, gt=0, le=1e4, description="I-VT: degrees a second at which a fixation ends."
    )
    idt_dispersion_share: float | None = Field(
        default=None, gt=0, le=10, description="I-DT: width plus height of a fixation, of the longer side."
    )
    idt_dispersion_px: float | None = Field(
        default=None, gt=0, le=1e6, description="I-DT: width plus height of a fixation in video pixels."
    )
    idt_dispersion_deg: float | None = Field(
        default=None, gt=0, le=180, description="I-DT: width plus height of a fixation in degrees."
    )
    fixation_min_ms: int | None = Field(
        default=None, ge=0, le=10_000, description="I-VT and I-DT: shorter fixations do not count."
    )
    transit_speed_share_s: float | None = Field(
        default=None,
        gt=0,
        le=1e3,
        description="Samples faster than this, longer sides a second, are left out.",
    )
    transit_speed_px_s: float | None = Field(
        default=None,
        gt=0,
        le=1e7,
        description="Samples faster than this, video pixels a second, are left out.",
    )
    transit_speed_deg_s: float | None = Field(
        default=None, gt=0, le=1e4, description="Samples faster than this, degrees a second, are left out."
    )
    encoding: Literal["near-lossless", "exact"] = Field(
        default="near-lossless",
        description="Map video: x264 CRF 0, as the published sets, or qp 0, exact at 10 bits.",
    )

    @model_validator(mode="before")
    @classmethod
    def _defaults_in_one_unit(cls, document: Any) -> Any:
        if not isinstance(document, Mapping):
            return document
        kind = document.get("fixations")
        usual: dict[str, Any] = {}
        if _none_given(document, "sigma"):
            usual["sigma_share"] = DEFAULT_SIGMA_SHARE
        if kind == "ivt" and _none_given(document, "ivt_speed"):
            usual["ivt_speed_share_s"] = DEFAULT_IVT_SPEED_SHARE_S
        if kind == "idt" and _none_given(document, "idt_dispersion"):
            usual["idt_dispersion_share"] = DEFAULT_IDT_DISPERSION_SHARE
        if kind in ("ivt", "idt") and document.get("fixation_min_ms") is None:
            usual["fixation_min_ms"] = DEFAULT_FIXATION_MIN_MS
        return {**document, **usual}

    @model_validator(mode="after")
    def _one_unit_each(self) -> Self:
        for quantity in UNITS:
            if len(given := self._given(quantity)) > 1:
                raise ValueError(
                    f"{' and '.join(given)} are both given; keep exactly one of {', '.join(UNITS[quantity])}"
                )
        return self

    @model_validator(mode="after")
    def _only_what_counts(self) -> Self:
        """A key that changes nothing would give the same maps two fingerprints."""
        unused = [] if self.fixations == "ivt" else self._given("ivt_speed")
        unused += [] if self.fixations == "idt" else self._given("idt_dispersion")
        if self.fixations == "all" and self.fixation_min_ms is not None:
            unused.append("fixation_min_ms")
        if unused:
            raise ValueError(f'{unused[0]} means nothing with fixations = "{self.fixations}"; take it out')
        return self

    @classmethod
    def from_mapping(cls, document: Mapping[str, Any], name: str = "recipe") -> Self:
        """Make a recipe from its keys; missing ones take their defaults.

        name: what the document is called in messages. Raises BadInput on an unknown key, a value of the wrong type
        or out of range, and on more than one sigma.
        """
        try:
            return cls.model_validate(dict(document))
        except ValidationError as error:
            raise BadInput(f"{name}: {_first_complaint(error)}") from error

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a recipe file: flat TOML with the keys above. Raises BadInput as `from_mapping` does."""
        path = Path(path)
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise BadInput(
                f"{path}: cannot be read ({error.strerror}); give the path of a recipe file"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadInput(f"{path.name}: is not TOML: {error}") from error
        return cls.from_mapping(document, path.name)

    def document(self) -> dict[str, Any]:
        """Every key that is set, defaults included: JSON-able, and `from_mapping` makes the same recipe of it."""
        return self.model_dump(mode="json", exclude_none=True)

    def fingerprint(self) -> str:
        """SHA-256 in hex of the document as canonical JSON; it goes on every product."""
        canonical = json.dumps(self.document(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def sigma_for(self, width: int, height: int) -> float:
        """Sigma in pixels for maps of width x height px. Raises BadInput on sigma_deg without px_per_deg."""
        sigma_px = self.in_pixels("sigma", width, height)
        assert sigma_px is not None
        return sigma_px

    def in_pixels(self, quantity: Quantity, width: int, height: int) -> float | None:
        """A length in px (a speed in px a second) for videos of width x height px; None where none is given.

        Raises BadInput on degrees without px_per_deg.
        """
        share, px, deg = (getattr(self, key) for key in UNITS[quantity])
        if px is not None:
            return float(px)
        if deg is not None:
            if self.px_per_deg is None:
                raise BadInput(
                    f"recipe: {UNITS[quantity][2]} needs px_per_deg, the video pixels in a degree; add that key"
                )
            return _decimal_product(deg, self.px_per_deg)
        return None if share is None else _decimal_product(share, max(width, height))

    def _given(self, quantity: Quantity) -> list[str]:
        return [key for key in UNITS[quantity] if getattr(self, key) is not None]


def _none_given(document: Mapping[str, Any], quantity: Quantity) -> bool:
    return all(document.get(key) is None for key in UNITS[quantity])


def _decimal_product(share: float, whole: float) -> float:
    """The product of the numbers as people write them: 0.03 of 1920 is 57.6, not 57.599999999999994."""
    return float(Decimal(repr(share)) * Decimal(repr(whole)))


def _first_complaint(error: ValidationError) -> str:
    complaint = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in complaint["loc"])
    if complaint["type"] == "extra_forbidden":
        return f'unknown key "{key}"; the keys are {", ".join(Recipe.model_fields)}'
    message = complaint["msg"].removeprefix("Value error, ")
    return f"{key} = {complaint['input']!r}: {message}" if key else message
