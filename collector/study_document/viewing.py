"""What observers see: the blur, the clear window, and how far they sit from it."""

import math
from typing import Any, Literal

from pydantic import Field, model_validator

from collector.study_document.part import Degrees, Part, Share

CM_PER_INCH = 2.54
CSS_PX_PER_INCH = 96  # by definition of the CSS pixel, true of no particular screen


class Foveation(Part):
    """Blur and clear window, each size either a share of the picture's width or an angle, drawn in video pixels.

    Defaults follow OpenSAL360 (clear window of radius 20 % of the width with a linear ramp) and BubbleView
    (blur strong enough that text outside the window cannot be read).
    """

    blur_sigma_share: Share | None = None
    blur_sigma_deg: Degrees | None = None
    window_radius_share: Share | None = None
    window_radius_deg: Degrees | None = None
    edge_share: Share | None = None
    edge_deg: Degrees | None = None
    blur_grows: bool = Field(
        False, description="blur that grows with the distance from the cursor, where the renderer can"
    )

    @model_validator(mode="before")
    @classmethod
    def _what_is_left_out_gets_its_default(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        missing = {
            f"{size}_share": share
            for size, share in DEFAULT_SHARES.items()
            if given.get(f"{size}_share") is None and given.get(f"{size}_deg") is None
        }
        return given | missing

    @model_validator(mode="after")
    def _one_unit_for_each_size(self) -> "Foveation":
        for size in DEFAULT_SHARES:
            if getattr(self, f"{size}_share") is not None and getattr(self, f"{size}_deg") is not None:
                raise ValueError(f"give {size}_share or {size}_deg, not both")
        return self

    def in_words(self) -> dict[str, str]:
        """Each size as a phrase: 'blur_sigma' → '2 % of its width' or '1° of visual angle'."""
        return {size: self._in_words(size) for size in DEFAULT_SHARES}

    def _in_words(self, size: str) -> str:
        degrees = getattr(self, f"{size}_deg")
        if degrees is not None:
            return f"{degrees:g}° of visual angle"
        return f"{getattr(self, f'{size}_share') * 100:g} % of its width"


DEFAULT_SHARES = {"blur_sigma": 0.02, "window_radius": 0.15, "edge": 0.05}


class Viewing(Part):
    """Where the observer sits. Degrees on an uncalibrated screen are an assumption, and recorded as one."""

    calibration: Literal["off", "offered", "required"] = Field(
        "off", description="measuring the screen by a bank card"
    )
    distance_cm: float = Field(60, ge=20, le=200, description="from the eyes to the screen")


def assumed_px_per_deg(distance_cm: float) -> float:
    """CSS px a degree of visual angle in the middle of a screen with 96 CSS px an inch, seen from `distance_cm`."""
    return 2 * distance_cm * math.tan(math.radians(0.5)) * CSS_PX_PER_INCH / CM_PER_INCH
