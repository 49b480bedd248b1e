"""The observer's HTTP API: JSON in, JSON out, a word and a sentence for every refusal.

Thin: tokens are read here, services do the work, tasks are enqueued after commit.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError
from ninja.security import HttpBearer
from pydantic import Field

from collector import recruiters, selectors
from collector.errors import Refused
from collector.models import Assignment, Trial
from collector.protocol import CHUNK_INTERVAL_MS, MAX_BODY_BYTES, MAX_CHUNK_BYTES, MAX_CHUNKS, read_chunk
from collector.services import tracks, trials, visits
from collector.tokens import TokenRefused, sign_trial
from processing.errors import BadInput

SECONDS_AROUND_A_CLIP = 6.0  # countdown, loading and reading what comes next; for the time left only

api = NinjaAPI(
    title="Cursal observer API",
    version="1",
    description="What the player sends while somebody watches. Every call carries a signed, expiring token.",
    docs_url=None,
    urls_namespace="observer",
)


class VisitToken(HttpBearer):
    """Opens the calls of one visit."""

    def authenticate(self, request: HttpRequest, token: str) -> Assignment:
        return selectors.assignment_from_visit_token(token)


class TrialToken(HttpBearer):
    """Opens the calls of one trial."""

    def authenticate(self, request: HttpRequest, token: str) -> Trial:
        return selectors.trial_from_token(token)


def _answer(request: HttpRequest, status: int, code: str, message: str, **details: object) -> HttpResponse:
    return api.create_response(request, {"code": code, "message": message, **details}, status=status)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _answer(request, error.status, error.code, error.message, **error.details)


@api.exception_handler(TokenRefused)
def _token_refused(request: HttpRequest, error: TokenRefused) -> HttpResponse:
    return _answer(request, 410 if error.code == "gone" else 401, error.code, str(error))


@api.exception_handler(BadInput)
def _bad_input(request: HttpRequest, error: BadInput) -> HttpResponse:
    return _answer(request, 422, "bad_input", str(error))


@api.exception_handler(ValidationError)
def _bad_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "payload"))
    return _answer(request, 422, "bad_input", f"{where or 'body'}: {first['msg']}")


# --- visits ---


class Consent(Schema):
    accepted: bool
    text_version: Annotated[str, Field(max_length=40)]
    language: Literal["en", "zh-hans"] = "en"


class CheckResult(Schema):
    passed: bool
    results: dict[Annotated[str, Field(max_length=40)], Any] = {}
    environment: dict[Annotated[str, Field(max_length=40)], Any] = {}


class Problem(Schema):
    text: Annotated[str, Field(max_length=2000)]
    page: Annotated[str, Field(max_length=40)] = ""


class Withdrawal(Schema):
    reason: Annotated[str, Field(max_length=2000)] = ""


class Nothing(Schema):
    """An empty object."""


@api.get("visits/current", auth=VisitToken(), tags=["visits"])
def current(request: HttpRequest) -> dict[str, Any]:
    """Where this visit stands."""
    assignment = _assignment(request)
    document = assignment.version.document
    return {"step": assignment.step, "title": document.title, "consent_version": document.consent.version}


@api.post("visits/consent", auth=VisitToken(), tags=["visits"])
def consent(request: HttpRequest, payload: Consent) -> dict[str, Any]:
    """Agree to the text, or decline."""
    step = visits.visit_consent(
        assignment=_assignment(request),
        accepted=payload.accepted,
        text_version=payload.text_version,
        language=payload.language,
    )
    return {"next": step}


@api.post("visits/checks", auth=VisitToken(), tags=["visits"])
def device_check(request: HttpRequest, payload: CheckResult) -> dict[str, Any]:
    """Report one run of the device check."""
    step = visits.visit_device_check(
        assignment=_assignment(request),
        passed=payload.passed,
        results=payload.results,
        environment=payload.environment,
    )
    return {"next": step}


@api.post("visits/next-trial", auth=VisitToken(), tags=["visits"])
def next_trial(request: HttpRequest, payload: Nothing) -> dict[str, Any]:
    """Open the next trial, or learn that everything is watched."""
    assignment = _assignment(request)
    following = trials.trial_next(assignment=assignment)
    if following is None:
        return {"state": "finished"}
    trial, rendition = following.trial, following.trial.rendition
    document = assignment.version.document
    left_s = sum(
        slot.stimulus.rendition.duration_s + SECONDS_AROUND_A_CLIP
        for slot in following.slots_left
        if slot.stimulus.rendition
    )
    token = sign_trial(trial.pk)
    return {
        "state": "trial",
        "trial": {
            "id": str(trial.pk),
            "token": token,
            "attempt": trial.number,
            "practice": trial.slot.practice,
            "position": following.position,
            "total": following.total,
            "minutes_left": round(left_s / 60, 1),
            "media": {
                "url": reverse("trial-media", args=[token]),
                "bytes": rendition.bytes,
                "sha256": rendition.sha256,
                "mime": "video/mp4",
            },
            "fps": f"{rendition.fps_num}/{rendition.fps_den}",
            "frames": rendition.frames,
            "width": rendition.width,
            "height": rendition.height,
            "has_audio": rendition.has_audio,
            "hold_after_end_s": document.hold_after_end_s,
            "pause_between_s": document.pause_between_s,
            "foveation": document.foveation.model_dump(),
            "chunk_interval_ms": CHUNK_INTERVAL_MS,
            "max_chunk_bytes": MAX_CHUNK_BYTES,
        },
    }


@api.post("visits/complete", auth=VisitToken(), tags=["visits"])
def complete(request: HttpRequest, payload: Nothing) -> dict[str, Any]:
    """Ask for the completion code; given only when everything is stored."""
    assignment = visits.visit_complete(assignment=_assignment(request))
    code = assignment.completion_code
    return_url = recruiters.completion_url(assignment.recruiter, assignment.version.document.return_url, code)
    return {"state": "complete", "code": code, "return_url": return_url or None}


@api.post("visits/withdraw", auth=VisitToken(), tags=["visits"])
def withdraw(request: HttpRequest, payload: Withdrawal) -> dict[str, Any]:
    """Stop taking part; what was recorded is not used."""
    return {"next": visits.visit_withdraw(assignment=_assignment(request), reason=payload.reason)}


@api.post("visits/problem", auth=VisitToken(), tags=["visits"])
def problem(request: HttpRequest, payload: Problem) -> dict[str, Any]:
    """Report that something went wrong."""
    visits.visit_report_problem(assignment=_assignment(request), text=payload.text, page=payload.page)
    return {"stored": True}


# --- trials ---


class Finish(Schema):
    chunks: Annotated[int, Field(ge=1, le=MAX_CHUNKS, strict=True)]
    outcome: Literal["complete", "interrupted"]
    reason: Annotated[str, Field(max_length=200)] = ""
    summary: dict[Annotated[str, Field(max_length=40)], int | float | bool | str | None] = Field(
        default={}, max_length=40
    )


@api.put("trials/{uuid:trial_id}/chunks/{int:n}", auth=TrialToken(), tags=["trials"])
def put_chunk(request: HttpRequest, trial_id: UUID, n: int) -> Any:
    """Store chunk `n`; sending it again is answered the same and changes nothing."""
    trial = _trial(request, trial_id)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        return _answer(request, 413, "chunk_too_large", f"A part has at most {MAX_BODY_BYTES} bytes.")
    chunk = read_chunk(request.body)
    if chunk.n != n:
        return _answer(request, 422, "bad_input", f"the address says part {n}, the body part {chunk.n}")
    if trials.chunk_store(trial=trial, chunk=chunk, body=request.body):
        trial.enqueue()
    return {"n": n, "stored": True}


@api.post("trials/{uuid:trial_id}/finish", auth=TrialToken(), tags=["trials"])
def finish(request: HttpRequest, trial_id: UUID, payload: Finish) -> dict[str, Any]:
    """Announce the number of chunks; answers which are missing."""
    trial = _trial(request, trial_id)
    missing = trials.trial_finish(
        trial=trial,
        chunks=payload.chunks,
        outcome=payload.outcome,
        reason=payload.reason,
        summary=payload.summary,
    )
    if missing:
        return {"state": "missing", "missing": missing, "practice_passed": None}
    trial.enqueue()
    passed = None
    if trial.slot.practice:
        trial.refresh_from_db()
        passed = tracks.practice_judge(trial=trial)
    return {"state": "finished", "missing": [], "practice_passed": passed}


def _assignment(request: HttpRequest) -> Assignment:
    return request.auth  # type: ignore[attr-defined]


def _trial(request: HttpRequest, trial_id: UUID) -> Trial:
    trial: Trial = request.auth  # type: ignore[attr-defined]
    if trial.pk != trial_id:
        raise TokenRefused("token_invalid", "This key belongs to another recording.")
    return trial
