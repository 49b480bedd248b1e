"""Who may call: the holder of a visit's or of a trial's token."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from collector import selectors
from collector.limits import TRIAL_CALLS_A_MINUTE, VISIT_CALLS_A_MINUTE, CallLimit
from collector.models import Assignment, Trial
from collector.tokens import TokenRefused

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


def visit_of(request: HttpRequest) -> Assignment:
    """The visit whose token came with the request."""
    return request.auth  # type: ignore[attr-defined]


def trial_of(request: HttpRequest, trial_id: object) -> Trial:
    """The trial whose token came with the request; raises TokenRefused when the address names another."""
    trial: Trial = request.auth  # type: ignore[attr-defined]
    if trial.pk != trial_id:
        raise TokenRefused("token_invalid", "This key belongs to another recording.")
    return trial
