"""What is looked at before somebody takes part: the device, the clocks, the sound."""

import time
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Schema
from pydantic import BaseModel, ConfigDict, Field

from collector.api.auth import VisitToken, visit_of
from collector.api.refusals import REFUSALS
from collector.api.schemas import NextStep, Nothing, Payload
from collector.protocol import Renderer, Tier, Time
from collector.services import checks, sound
from collector.services.checks import DeviceReport
from collector.tokens import sign_tones

router = Router(auth=VisitToken(), tags=["checks"])

Name = Annotated[str, Field(max_length=40)]
Microseconds = Annotated[int, Field(strict=True, ge=-(2**53), le=2**53)]


class ClockOffset(BaseModel):
    """How far the site's clock is ahead of the page's, by the probe with the least round trip; µs."""

    offset_us: Microseconds
    round_trip_us: Annotated[int, Field(strict=True, ge=0, le=2**40)]


class Calibration(BaseModel):
    """The screen, measured with a bank card."""

    model_config = ConfigDict(extra="allow")

    px_per_deg: Annotated[float, Field(strict=True, ge=5, le=500, allow_inf_nan=False)]
    device_pixel_ratio: Annotated[float, Field(strict=True, gt=0, le=100)] | None = None


class Environment(BaseModel):
    """Browser, screen and window in the page's own words; what the site reckons with has a type.

    Not a Schema of ninja's, which drops the words that it does not know.
    """

    model_config = ConfigDict(extra="allow")

    clock: ClockOffset | None = None
    calibration: Calibration | None = None


class CheckResult(Payload):
    passed: bool
    results: dict[Name, Any] = {}
    environment: Environment = Environment()
    renderer: Renderer | None = None
    tier: Tier = "full"
    frame_rates: dict[Name, Any] = {}


class ClockProbe(Payload):
    t_page_us: Time


class ClockAnswer(Schema):
    t_page_us: int
    t_server_us: int


class SoundCheck(Schema):
    id: UUID
    url: str
    tries_left: int


class SoundAnswer(Payload):
    id: Annotated[UUID, Field(strict=False)]  # JSON has no such type: it comes as text
    count: Annotated[int, Field(strict=True, ge=0, le=100)]


class Heard(Schema):
    right: bool
    passed: bool
    tries_left: int


@router.post("visits/checks", response={200: NextStep, **REFUSALS})
def device_check(request: HttpRequest, payload: CheckResult) -> dict[str, Any]:
    """Report one run of the device check."""
    calibration = payload.environment.calibration
    report = DeviceReport(
        passed=payload.passed,
        results=payload.results,
        environment=payload.environment.model_dump(exclude_none=True),
        renderer=payload.renderer or "",
        tier=payload.tier,
        frame_rates=payload.frame_rates,
        px_per_deg=calibration.px_per_deg if calibration else None,
    )
    return {"next": checks.visit_device_check(assignment=visit_of(request), report=report)}


@router.post("visits/clock", response={200: ClockAnswer, **REFUSALS})
def clock(request: HttpRequest, payload: ClockProbe) -> dict[str, Any]:
    """The site's clock, µs since 1970 UTC, beside the page's own that it was asked with."""
    return {"t_page_us": payload.t_page_us, "t_server_us": time.time_ns() // 1000}


@router.post("visits/sound-check", response={200: SoundCheck, **REFUSALS})
def sound_check(request: HttpRequest, payload: Nothing) -> dict[str, Any]:
    """Tones to count; the same ones until they are answered."""
    check, tries_left = sound.sound_check_open(assignment=visit_of(request))
    return {"id": check.pk, "url": reverse("tones", args=[sign_tones(check.pk)]), "tries_left": tries_left}


@router.post("visits/sound-check/answer", response={200: Heard, **REFUSALS})
def sound_check_answer(request: HttpRequest, payload: SoundAnswer) -> dict[str, Any]:
    """How many tones were heard. Each check is answered once; two right ones in a row pass."""
    heard = sound.sound_check_answer(assignment=visit_of(request), check_id=payload.id, count=payload.count)
    return {"right": heard.right, "passed": heard.passed, "tries_left": heard.tries_left}
