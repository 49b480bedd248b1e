"""What the player is told about the trial that comes next."""

from typing import Any, Literal

from django.urls import reverse
from ninja import Schema

from collector.models import Assignment, Rendition
from collector.protocol import CHUNK_INTERVAL_MS, MAX_CHUNK_BYTES, Renderer
from collector.selectors import minutes_to_watch
from collector.services.trials import NextTrial
from collector.study_document import Foveation, Interruptions
from collector.tokens import CLIP_S, TRIAL_HOURS, sign_clip, sign_trial


class Clip(Schema):
    """A file to fetch, its size and digest, and for how long the link opens it."""

    url: str
    expires_in_s: int
    bytes: int
    sha256: str
    mime: str


class Size(Schema):
    """Pixels of a picture."""

    width: int
    height: int


class Distance(Schema):
    """Where the observer sits."""

    calibration: Literal["off", "offered", "required"]
    distance_cm: float


class TrialDescription(Schema):
    """One trial. `width` and `height` are those of the clip shown, `reference` those that tracks are mapped to."""

    id: str
    token: str
    token_expires_in_s: int
    attempt: int
    practice: bool
    position: int
    total: int
    minutes_left: float
    media: Clip
    upcoming: Clip | None
    fps: str
    frames: int
    width: int
    height: int
    reference: Size
    has_audio: bool
    hold_after_end_s: float
    pause_between_s: float
    foveation: Foveation
    renderer: Renderer | None
    viewing: Distance
    px_per_deg: float | None
    px_per_deg_dpr: float | None
    interruptions: Interruptions
    chunk_interval_ms: int
    max_chunk_bytes: int


class NextAnswer(Schema):
    """`trial` is there when the state says so."""

    state: Literal["trial", "sound_check", "finished"]
    trial: TrialDescription | None = None


def describe(following: NextTrial, assignment: Assignment) -> dict[str, Any]:
    """Everything the player needs to show and record a trial, as TrialDescription has it."""
    trial, rendition = following.trial, following.trial.rendition
    reference = rendition.of_reference
    document = assignment.version.document
    upcoming = following.upcoming
    return {
        "id": str(trial.pk),
        "token": sign_trial(trial.pk),
        "token_expires_in_s": TRIAL_HOURS * 3600,
        "attempt": trial.number,
        "practice": trial.slot.practice,
        "position": following.position,
        "total": following.total,
        "minutes_left": round(minutes_to_watch(following.slots_left), 1),
        "media": _clip(rendition, assignment),
        "upcoming": _clip(upcoming, assignment) if upcoming else None,
        "fps": f"{rendition.fps_num}/{rendition.fps_den}",
        "frames": rendition.frames,
        "width": rendition.width,
        "height": rendition.height,
        "reference": {"width": reference.width, "height": reference.height},
        "has_audio": rendition.has_audio,
        "hold_after_end_s": document.hold_after_end_s,
        "pause_between_s": document.pause_between_s,
        "foveation": document.foveation.model_dump(),
        "renderer": assignment.renderer or None,
        "viewing": document.viewing.model_dump(),
        "px_per_deg": assignment.px_per_deg,
        "px_per_deg_dpr": assignment.environment.get("calibration", {}).get("device_pixel_ratio"),
        "interruptions": document.interruptions.model_dump(),
        "chunk_interval_ms": CHUNK_INTERVAL_MS,
        "max_chunk_bytes": MAX_CHUNK_BYTES,
    }


def link_to(rendition: Rendition, assignment: Assignment) -> dict[str, Any]:
    """An address that opens a file to one visit, and for how long."""
    return {
        "url": reverse("clip", args=[sign_clip(assignment.pk, rendition.sha256)]),
        "expires_in_s": CLIP_S,
    }


def _clip(rendition: Rendition, assignment: Assignment) -> dict[str, Any]:
    return link_to(rendition, assignment) | {
        "bytes": rendition.bytes,
        "sha256": rendition.sha256,
        "mime": "video/mp4",
    }
