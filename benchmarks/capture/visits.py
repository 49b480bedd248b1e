"""Five hundred people in the middle of a clip: rows as the site itself would have made them."""

import datetime as dt

from django.utils import timezone

from benchmarks.capture.bodies import FPS, HEIGHT, WIDTH
from collector.models import Assignment, Observer, Rendition, Slot, Stimulus, StudyVersion, Trial
from collector.services import studies
from collector.study_document import StudyDocument


def version_with_one_clip(slug: str, *, seconds: float) -> StudyVersion:
    """A study open for made-up observers; nothing here plays its clip, so that it exists as a row only."""
    stimulus = Stimulus.objects.create(
        name=slug, licence="CC0-1.0", original_sha256=slug.ljust(64, "0"), state="done"
    )
    Rendition.objects.create(
        stimulus=stimulus,
        sha256=slug.ljust(64, "1"),
        bytes=1000,
        fps_num=FPS.numerator,
        fps_den=FPS.denominator,
        frames=int(seconds * FPS),
        width=WIDTH,
        height=HEIGHT,
    )
    study = studies.study_create(slug=slug, title=slug, simulated=True)
    document = StudyDocument(title=slug, target_observers=1)
    version = studies.study_version_freeze(study=study, document=document, stimuli=[stimulus])
    studies.study_open(study=study)
    return version


def open_trials(version: StudyVersion, count: int) -> list[Trial]:
    """`count` new visits, each watching the version's clip."""
    observers = Observer.objects.bulk_create(
        Observer(study=version.study, simulated=True) for _ in range(count)
    )
    visits = Assignment.objects.bulk_create(
        Assignment(observer=observer, version=version, step=Assignment.Step.WATCH, seed=seed)
        for seed, observer in enumerate(observers)
    )
    stimulus = version.stimuli.get()
    until = timezone.now() + dt.timedelta(hours=2)
    slots = Slot.objects.bulk_create(
        Slot(assignment=visit, stimulus=stimulus, position=1, reserved_until=until) for visit in visits
    )
    return Trial.objects.bulk_create(
        Trial(slot=slot, rendition=stimulus.rendition, number=1, virtual_clock=True) for slot in slots
    )
