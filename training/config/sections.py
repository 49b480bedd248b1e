"""What every table of a configuration has in common, and the kinds of numbers in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from training.grid import LARGEST_SIDE, SIDE_MULTIPLE

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Licence = Annotated[
    str, Field(max_length=200, description="of the trained weights, for their card; empty = not chosen yet")
]
Side = Annotated[int, Field(ge=32, le=LARGEST_SIDE, multiple_of=SIDE_MULTIPLE)]


class Section(BaseModel):
    """A table of the file: an unknown key is an error, and nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)
