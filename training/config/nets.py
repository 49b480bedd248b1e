"""The shape of each network; the networks themselves are in `training.models`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from training.config.sections import Section


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
