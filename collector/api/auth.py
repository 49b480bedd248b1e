"""Who may call: the holder of a visit's or of a trial's token."""

from uuid import UUID

from django.http import HttpRequest
from ninja.security import HttpBearer

from collector import selectors
from collector.limits import TRIAL_CALLS_A_MINUTE, VISIT_CALLS_A_MINUTE, CallLimit
from collector.models import Assignment, Trial
from collector.tokens import TokenRefused, read_trial

VISIT_LIMIT = CallLimit("visit", VISIT_CALLS_A_MINUTE)
TRIAL_LIMIT = CallLimit("trial", TRIAL_CALLS_A_MINUTE)


class VisitToken(HttpBearer):
    """Opens the calls of one visit."""

    def authenticate(self, request: HttpRequest, token: str) -> Assignment:
        assignment = selectors.assignment_from_visit_token(token)
        VISIT_LIMIT.take(assignment.pk)
        return assignment


class TrialToken(HttpBearer):
    """Opens the calls of one trial."""

    def authenticate(self, request: HttpRequest, token: str) -> Trial:
        trial = selectors.trial_from_token(token)
        TRIAL_LIMIT.take(trial.pk)
        return trial


class TrialKey(HttpBearer):
    """Opens the calls of one trial by its token alone, without asking the database whether it is still there."""

    def authenticate(self, request: HttpRequest, token: str) -> UUID:
        trial_id = read_trial(token)
        TRIAL_LIMIT.take(trial_id)
        return trial_id


def visit_of(request: HttpRequest) -> Assignment:
    """The visit whose token came with the request."""
    return request.auth  # type: ignore[attr-defined]


def trial_of(request: HttpRequest, trial_id: UUID) -> Trial:
    """The trial whose token came with the request; raises TokenRefused when the address names another."""
    trial: Trial = request.auth  # type: ignore[attr-defined]
    _require_same(trial.pk, trial_id)
    return trial


def require_key_of(request: HttpRequest, trial_id: UUID) -> None:
    """Raises TokenRefused when the token that came with the request is for another trial."""
    _require_same(request.auth, trial_id)  # type: ignore[attr-defined]


def _require_same(opened: UUID, named: UUID) -> None:
    if opened != named:
        raise TokenRefused("token_invalid", "This key belongs to another recording.")
