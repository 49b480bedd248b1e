"""Where observers come from: entry parameters in, completion out.

Panels speak of workers and participants; the rest of Cursal knows observers only. The panel's id of a person is
turned into a keyed hash at once and never stored.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import quote

from django.conf import settings

# Why a visit ends before its videos do: the first ones the page says, the last two the site.
ExitReason = Literal[
    "no_desktop",
    "browser",
    "codec",
    "window",
    "too_slow",
    "touch",
    "refresh",
    "calibration",
    "follow_failed",
    "sound_failed",
    "practice_failed",
    "study_full",
    "nothing_watched",
    "other",
]
EXIT_REASONS = (*get_args(ExitReason), "visit_expired", "visit_blocked")
MAX_ID_CHARACTERS = 128
PROLIFIC_COMPLETION = "https://app.prolific.com/submissions/complete?cc="


@dataclass(frozen=True)
class Entry:
    """Who sent an observer, and the panel's own id of the person ('' for an open link)."""

    recruiter: str
    panel_id: str


def read_entry(parameters: Mapping[str, str]) -> Entry:
    """Recognise the panel by the parameters that it appends to the study's link."""
    if worker := parameters.get("PROLIFIC_PID", "").strip():
        return Entry("prolific", worker[:MAX_ID_CHARACTERS])
    worker = parameters.get("workerId", "").strip()
    if worker and parameters.get("assignmentId") != "ASSIGNMENT_ID_NOT_AVAILABLE":
        return Entry("mturk", worker[:MAX_ID_CHARACTERS])
    return Entry("link", "")


def panel_hash(entry: Entry, study_slug: str) -> str:
    """Keyed hash of the panel's id, different for each study; '' for an open link."""
    if not entry.panel_id:
        return ""
    text = f"{entry.recruiter}:{study_slug}:{entry.panel_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()


def completion_url(recruiter: str, return_url: str, code: str) -> str:
    """Where the thanks page sends the observer, built here and never taken from the browser; '' for nowhere."""
    if return_url:
        return return_url.replace("{code}", quote(code))
    return PROLIFIC_COMPLETION + quote(code) if recruiter == "prolific" else ""


def exit_code(study_slug: str, reason: str) -> str:
    """Code for a visit that ended early: 8 hex digits, one for each study and reason.

    The same for everybody whom it happens to, so that a panel can be told beforehand what each code means.
    """
    text = f"exit:{study_slug}:{reason}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()[:8].upper()
