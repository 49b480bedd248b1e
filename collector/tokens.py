"""Signed, expiring tokens: the only key an observer's browser ever holds.

A visit token opens one visit; a trial token lets one trial's chunks in and nothing else. They carry no secret and
no personal data, only an id, a purpose and the time of signing.
"""

import uuid

from django.core import signing

VISIT_HOURS = 24
TRIAL_HOURS = 24  # a browser that lost its network may deliver the last chunks the next morning


class TokenRefused(Exception):
    """The token is forged, for something else, or too old. `code` is for machines, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def sign_visit(assignment_id: uuid.UUID) -> str:
    """Token that opens one visit's pages and calls."""
    return signing.dumps(str(assignment_id), salt="cursal.visit")


def read_visit(token: str) -> uuid.UUID:
    """Id of the visit; raises TokenRefused."""
    return _read(token, "cursal.visit", VISIT_HOURS)


def sign_trial(trial_id: uuid.UUID) -> str:
    """Token that takes the recording of one trial."""
    return signing.dumps(str(trial_id), salt="cursal.trial")


def read_trial(token: str) -> uuid.UUID:
    """Id of the trial; raises TokenRefused."""
    return _read(token, "cursal.trial", TRIAL_HOURS)


def sign_simulation(study_slug: str) -> str:
    """Pass with which made-up observers enter a study: only who holds the site's key can make one."""
    return signing.dumps(study_slug, salt="cursal.simulation")


def is_simulation(token: str, study_slug: str) -> bool:
    """False without a token, True with a pass for this study; raises TokenRefused for anything else."""
    if not token:
        return False
    try:
        named = signing.loads(token, salt="cursal.simulation", max_age=VISIT_HOURS * 3600)
    except signing.BadSignature:
        named = None
    if named != study_slug:
        raise TokenRefused(
            "token_invalid", "This pass for simulated observers is not for this study, or too old."
        )
    return True


def _read(token: str, salt: str, hours: int) -> uuid.UUID:
    try:
        return uuid.UUID(signing.loads(token, salt=salt, max_age=hours * 3600))
    except signing.SignatureExpired as error:
        raise TokenRefused(
            "token_expired", "This link is too old. Please open the study's link again."
        ) from error
    except (signing.BadSignature, ValueError) as error:
        raise TokenRefused(
            "token_invalid", "This link is not complete or not ours. Please open the study's link again."
        ) from error
