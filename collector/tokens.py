"""Signed, expiring tokens: the only key an observer's browser ever holds.

A visit token opens one visit; a trial token lets one trial's chunks in and nothing else; a clip token opens one
file for one visit; a tones token opens one sound check's tones. They carry no secret and no personal data, only an
id, a purpose and the time of signing.
"""

import uuid
from typing import Any

from django.core import signing

# A browser that lost its network may deliver its last chunks days later. How long a visit may be gone on with is the
# study's to say (`resume.max_age_hours`); no study may say more than this.
VISIT_HOURS = 7 * 24
TRIAL_HOURS = 7 * 24
SIMULATION_HOURS = 24
CLIP_S = 2 * 3600  # to load one clip; the page asks for a new link before this one dies
TONES_S = 15 * 60


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
    return _read_id(token, "cursal.visit", VISIT_HOURS * 3600)


def sign_trial(trial_id: uuid.UUID) -> str:
    """Token that takes the recording of one trial."""
    return signing.dumps(str(trial_id), salt="cursal.trial")


def read_trial(token: str) -> uuid.UUID:
    """Id of the trial; raises TokenRefused."""
    return _read_id(token, "cursal.trial", TRIAL_HOURS * 3600)


def sign_clip(assignment_id: uuid.UUID, sha256: str) -> str:
    """Token with which one visit may fetch one file."""
    return signing.dumps([str(assignment_id), sha256], salt="cursal.clip")


def read_clip(token: str) -> tuple[uuid.UUID, str]:
    """Id of the visit and SHA-256 of the file; raises TokenRefused."""
    assignment_id, sha256 = _read(token, "cursal.clip", CLIP_S)
    return uuid.UUID(assignment_id), sha256


def sign_tones(sound_check_id: uuid.UUID) -> str:
    """Token with which the tones of one sound check may be fetched."""
    return signing.dumps(str(sound_check_id), salt="cursal.tones")


def read_tones(token: str) -> uuid.UUID:
    """Id of the sound check; raises TokenRefused."""
    return _read_id(token, "cursal.tones", TONES_S)


def sign_simulation(study_slug: str) -> str:
    """Pass with which made-up observers enter a study: only who holds the site's key can make one."""
    return signing.dumps(study_slug, salt="cursal.simulation")


def is_simulation(token: str, study_slug: str) -> bool:
    """False without a token, True with a pass for this study; raises TokenRefused for anything else."""
    if not token:
        return False
    try:
        named = signing.loads(token, salt="cursal.simulation", max_age=SIMULATION_HOURS * 3600)
    except signing.BadSignature:
        named = None
    if named != study_slug:
        raise TokenRefused(
            "token_invalid", "This pass for simulated observers is not for this study, or too old."
        )
    return True


def _read_id(token: str, salt: str, max_age_s: int) -> uuid.UUID:
    return uuid.UUID(_read(token, salt, max_age_s))


def _read(token: str, salt: str, max_age_s: int) -> Any:
    try:
        return signing.loads(token, salt=salt, max_age=max_age_s)
    except signing.SignatureExpired as error:
        raise TokenRefused(
            "token_expired", "This link is too old. Please open the study's link again."
        ) from error
    except (signing.BadSignature, ValueError) as error:
        raise TokenRefused(
            "token_invalid", "This link is not complete or not ours. Please open the study's link again."
        ) from error
