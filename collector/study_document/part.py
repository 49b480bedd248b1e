"""What the parts of a study document have in common."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["en", "zh-hans"]
Share = Annotated[float, Field(gt=0, le=1)]
Degrees = Annotated[float, Field(gt=0, le=60, description="degrees of visual angle")]


class Part(BaseModel):
    """A group of settings: frozen, and closed to keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
