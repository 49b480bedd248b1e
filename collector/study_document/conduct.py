"""How a visit goes: who may take part, what an interruption does, and what happens to those who come back."""

from typing import Literal

from pydantic import Field

from collector.study_document.part import Part, Share

Policy = Literal["restart", "mark", "abort"]


class Interruptions(Part):
    """What each disturbance does to the clip that is playing.

    `mark` only records it; `restart` ends the trial as interrupted and shows the clip again as the next attempt;
    `abort` ends the trial, and this observer is not shown the clip again.
    """

    fullscreen_left: Policy = "mark"
    focus_lost: Policy = "mark"
    hidden: Policy = "restart"
    slept: Policy = "restart"
    muted: Policy = "mark"
    resized: Policy = "mark"


INTERRUPTIONS = tuple(Interruptions.model_fields)


class Checks(Part):
    """What an observer and a computer have to show before they take part."""

    follow_min_share: float = Field(
        0.6,
        ge=0,
        le=1,
        description="share of the time near the moving target that passes; 0 leaves the test out",
    )
    follow_seconds: float = Field(6, ge=2, le=60)
    follow_radius_share: Share = Field(0.1, description="what counts as near, of the picture's width")
    sound: Literal["off", "start", "start_and_middle"] = Field(
        "start", description="when generated tones must be counted"
    )
    sound_tries: int = Field(
        3, ge=1, le=10, description="wrong answers that end it; two right ones in a row pass"
    )
    touchpad: bool = Field(False, description="whether a touchpad is taken as well as a mouse")
    slow_drawing: bool = Field(
        False, description="whether a computer is taken that draws fewer than 27 of 30 frames of a 720p clip"
    )
    min_refresh_hz: float = Field(0, ge=0, le=500, description="of the screen; 0 takes any")


class Resume(Part):
    """What meets an observer who reloads the page or comes back to a visit that has begun.

    `resume` goes on at the next clip; `restart` begins again with the checks, and then the clips that are still to
    be watched; `block` ends the visit.
    """

    policy: Literal["resume", "restart", "block"] = "resume"
    max_age_hours: int = Field(24, ge=1, le=168, description="after this a visit that is not over is closed")
