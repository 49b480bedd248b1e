"""The course of a visit: consent, the next trial, the code, and the ways out."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from collector import recruiters
from collector.api.auth import VisitToken, visit_of
from collector.api.next_trial import NextAnswer, describe, link_to
from collector.api.refusals import REFUSALS
from collector.api.schemas import NextStep, Nothing, Payload
from collector.errors import Refused
from collector.selectors import rendition_of_visit
from collector.services import checks, trials, visits

router = Router(auth=VisitToken(), tags=["visits"])

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Standing(Schema):
    step: str
    title: str
    consent_version: str


class Consent(Payload):
    accepted: bool
    text_version: Annotated[str, Field(max_length=40)]
    language: Literal["en", "zh-hans"] = "en"


class Exit(Payload):
    reason: recruiters.ExitReason


class MediaRequest(Payload):
    sha256: Sha256


class MediaLink(Schema):
    url: str
    expires_in_s: int


class Completion(Schema):
    state: Literal["complete"]
    code: str
    return_url: str | None


class Problem(Payload):
    text: Annotated[str, Field(max_length=2000)]
    page: Annotated[str, Field(max_length=40)] = ""


class Stored(Schema):
    stored: bool


class Withdrawal(Payload):
    reason: Annotated[str, Field(max_length=2000)] = ""


@router.get("visits/current", response={200: Standing, **REFUSALS})
def current(request: HttpRequest) -> dict[str, Any]:
    """Where this visit stands."""
    assignment = visit_of(request)
    document = assignment.version.document
    return {"step": assignment.step, "title": document.title, "consent_version": document.consent.version}


@router.post("visits/consent", response={200: NextStep, **REFUSALS})
def consent(request: HttpRequest, payload: Consent) -> dict[str, Any]:
    """Agree to the text, or decline."""
    step = visits.visit_consent(
        assignment=visit_of(request),
        accepted=payload.accepted,
        text_version=payload.text_version,
        language=payload.language,
    )
    return {"next": step}


@router.post("visits/next-trial", response={200: NextAnswer, **REFUSALS})
def next_trial(request: HttpRequest, payload: Nothing) -> dict[str, Any]:
    """Open the next trial, or learn that the sound is checked first, or that everything is watched."""
    assignment = visit_of(request)
    following = trials.trial_next(assignment=assignment)
    if isinstance(following, str):
        return {"state": following}
    return {"state": "trial", "trial": describe(following, assignment)}


@router.post("visits/media-link", response={200: MediaLink, **REFUSALS})
def media_link(request: HttpRequest, payload: MediaRequest) -> dict[str, Any]:
    """A new link to a clip that this visit shows."""
    assignment = visit_of(request)
    rendition = rendition_of_visit(assignment, payload.sha256)
    if rendition is None:
        raise Refused("clip_unknown", "This visit does not show that video.", 404)
    return link_to(rendition, assignment)


@router.post("visits/complete", response={200: Completion, **REFUSALS})
def complete(request: HttpRequest, payload: Nothing) -> dict[str, Any]:
    """Ask for the completion code; given only when everything is stored."""
    assignment = visits.visit_complete(assignment=visit_of(request))
    code = assignment.completion_code
    return_url = recruiters.completion_url(assignment.recruiter, assignment.version.document.return_url, code)
    return {"state": "complete", "code": code, "return_url": return_url or None}


@router.post("visits/exit", response={200: NextStep, **REFUSALS})
def leave(request: HttpRequest, payload: Exit) -> dict[str, Any]:
    """Leave because something does not work out; the visit's page then shows a code of its own for that."""
    return {"next": checks.visit_exit(assignment=visit_of(request), reason=payload.reason)}


@router.post("visits/withdraw", response={200: NextStep, **REFUSALS})
def withdraw(request: HttpRequest, payload: Withdrawal) -> dict[str, Any]:
    """Stop taking part; what was recorded is not used."""
    return {"next": visits.visit_withdraw(assignment=visit_of(request), reason=payload.reason)}


@router.post("visits/problem", response={200: Stored, **REFUSALS})
def problem(request: HttpRequest, payload: Problem) -> dict[str, Any]:
    """Report that something went wrong."""
    visits.visit_report_problem(assignment=visit_of(request), text=payload.text, page=payload.page)
    return {"stored": True}
