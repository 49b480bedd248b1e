"""Clips and studies for tests that drive a browser."""

from fractions import Fraction
from pathlib import Path
from typing import Any

from collector import blobs
from collector.models import Assignment, Rendition, Stimulus, Study
from collector.services import studies, visits
from collector.study_document import StudyDocument
from processing.synthetic import SyntheticClip, write_clip
from processing.video import probe

WIDTH, HEIGHT, FPS = 320, 180, Fraction(30)
# What no test about something else has to do: to follow a dot, to count tones, to wait between clips, to draw fast.
SHORT = {
    "title": "Short films",
    "target_observers": 5,
    "pause_between_s": 0,
    "min_window_width_px": 800,
    "checks": {"follow_min_share": 0, "sound": "off", "slow_drawing": True},
}


def clip_of(name: str, seed: int, folder: Path, frames: int) -> Stimulus:
    """A stimulus whose rendition is the synthetic clip itself."""
    path = folder / f"{name}.mp4"
    write_clip(path, SyntheticClip(seed, WIDTH, HEIGHT, FPS, frames))
    blob, facts = blobs.store("media", path), probe(path)
    stimulus = Stimulus.objects.create(
        name=name, licence="CC0-1.0", synthetic=True, original_sha256=blob.sha256, state="done"
    )
    Rendition.objects.create(
        stimulus=stimulus,
        sha256=blob.sha256,
        bytes=blob.bytes,
        fps_num=facts.fps.numerator,
        fps_den=facts.fps.denominator,
        frames=facts.frames,
        width=facts.width,
        height=facts.height,
    )
    return stimulus


def open_study(
    clips: list[Stimulus], practice: Stimulus | None = None, *, simulated: bool = False, **document: Any
) -> Study:
    """The study `films`, open to observers; `document` overrides SHORT."""
    study = studies.study_create(slug="films", title="Short films", simulated=simulated)
    freeze(study, clips, practice, **document)
    studies.study_open(study=study)
    return study


def visit_at_the_clips(study: Study) -> str:
    """Path of the page of a visit that has agreed and passed the check, for tests of what comes behind it."""
    assignment, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    checked = {"renderer": "2d", "tier": "full", "frame_rates": {"2d 720p": 30}}
    Assignment.objects.filter(pk=assignment.pk).update(step=Assignment.Step.WATCH, **checked)
    return f"/visit/{token}/"


def freeze(study: Study, clips: list[Stimulus], practice: Stimulus | None, **document: Any) -> None:
    """A version of the study with all of the clips in each visit, unless `document` says less."""
    wanted = StudyDocument.from_mapping(SHORT | {"clips_per_visit": len(clips)} | document)
    studies.study_version_freeze(study=study, document=wanted, stimuli=clips, practice=practice)
