"""A believable little world: synthetic clips with known truth, a study showing them, a plan for what comes after."""

import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.db import transaction

from collector import blobs
from collector.models import Stimulus, Study
from collector.services import preparation, stimuli, studies
from collector.simulation.hands import truth_document
from collector.study_document import StudyDocument
from collector.work import WorkState
from processing.errors import BadInput
from processing.synthetic import SyntheticClip, write_clip
from webapp.datasets.services import recipe_freeze
from webapp.plans.models import Plan
from webapp.plans.services import plan_create

CLIP_SECONDS = 6
LOOK_EVERY_S = 1.0
WIDTH, HEIGHT = 640, 360
# The rates that turn up in the wild; a release lists the clips that are not 30 FPS.
RATES = (Fraction(30), Fraction(25), Fraction(30000, 1001), Fraction(30))
BASELINES = [{"config": "center_prior"}, {"config": "demo", "baseline": "small_net"}]

OnClip = Callable[[], None]


def synthetic_stimuli(count: int, on_clip: OnClip = lambda: None) -> list[Stimulus]:
    """The first `count` synthetic stimuli, made and prepared where they are not here yet."""
    made = []
    for number in range(1, count + 1):
        made.append(
            synthetic_stimulus(f"synthetic-{number:02d}", seed=number, fps=RATES[number % len(RATES)])
        )
        on_clip()
    return made


def synthetic_stimulus(name: str, *, seed: int, fps: Fraction, seconds: int = CLIP_SECONDS) -> Stimulus:
    """One synthetic stimulus with its rendition; what exists under the name already is used as it is."""
    stimulus = Stimulus.objects.filter(name=name).first()
    if stimulus is None:
        clip = SyntheticClip(seed, WIDTH, HEIGHT, fps, round(seconds * fps))
        with blobs.scratch() as folder:
            path = folder / f"{name}.mp4"
            write_clip(path, clip)
            stimulus = stimuli.stimulus_add(
                path=path,
                name=name,
                title=f"Moving shapes {seed}",
                licence="CC0-1.0",
                attribution="made by Cursal",
                synthetic=True,
                truth=truth_document(clip, seed),
            )
    _prepare(stimulus)
    return stimulus


def _prepare(stimulus: Stimulus) -> None:
    """Make the rendition here, after a worker that died over it has lost its lease; raises BadInput when it fails."""
    while stimulus.rendition is None:
        if preparation.stimulus_prepare(stimulus.pk) is None:
            stimulus.refresh_from_db()
            if stimulus.state == WorkState.FAILED:
                raise BadInput(f"{stimulus.name} could not be prepared: {stimulus.last_error}")
            time.sleep(LOOK_EVERY_S)


def practice_stimulus() -> Stimulus:
    """The clip that observers practise on."""
    return synthetic_stimulus("practice", seed=1000, fps=Fraction(30), seconds=8)


def study_with_plan(
    *,
    slug: str,
    title: str,
    shown: Sequence[Stimulus],
    simulated: bool,
    target_observers: int,
    **document: Any,
) -> Plan:
    """An open study whose plan begins when every clip has its target of observers."""
    practice = None if simulated else practice_stimulus()
    with transaction.atomic():
        study = studies.study_create(slug=slug, title=title, simulated=simulated)
        studies.study_version_freeze(
            study=study,
            document=StudyDocument(title=title, target_observers=target_observers, **document),
            stimuli=shown,
            practice=practice,
        )
        studies.study_open(study=study)
        recipe = recipe_freeze(name="published-default", document={})
        return plan_create(study=study, recipe=recipe, baselines=BASELINES)


def free_slug(stem: str) -> str:
    """`stem`, or `stem-2`, `stem-3`, … when it is taken."""
    taken = set(Study.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    numbered = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
    return next(slug for slug in numbered if slug not in taken)


def imported_names(folder: Path) -> list[str]:
    """Names of the stimuli whose original is one of the folder's files, in order."""
    digests = [blobs.digest(path) for path in sorted(folder.iterdir()) if path.is_file()]
    return list(
        Stimulus.objects.filter(original_sha256__in=digests).order_by("name").values_list("name", flat=True)
    )
