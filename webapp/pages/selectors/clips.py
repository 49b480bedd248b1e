"""Stimuli with what their cards and pages show."""

from dataclasses import dataclass

from django.db.models import Count, Prefetch, QuerySet

from collector.models import Rendition, Stimulus, Study, Track, Verdict
from collector.selectors import tracks_with_grade
from webapp.datasets.models import Build


def stimuli_listed(*, search: str = "", state: str = "", study: str = "") -> QuerySet[Stimulus]:
    """Stimuli by name, those that fit the filters; each with its references, the newest first."""
    references = Rendition.objects.filter(tier=Rendition.Tier.FULL).order_by("-pk")
    rows = Stimulus.objects.prefetch_related(Prefetch("renditions", references, to_attr="newest_first"))
    if search:
        rows = rows.filter(name__icontains=search)
    if state:
        rows = rows.filter(state=state)
    if study:
        rows = rows.filter(study_stimuli__version__study__slug=study).distinct()
    return rows


@dataclass(frozen=True)
class Card:
    """A stimulus in the gallery. Counts are of tracks, over all studies and renditions."""

    stimulus: Stimulus
    rendition: Rendition | None
    valid: int
    rejected: int


def cards(stimuli: list[Stimulus]) -> list[Card]:
    """Cards of stimuli that came from `stimuli_listed`, in one query."""
    counted = (
        tracks_with_grade()
        .filter(trial__slot__stimulus__in=stimuli)
        .order_by()
        .values_list("trial__slot__stimulus_id", "grade")
        .annotate(count=Count("pk"))
    )
    counts = {(stimulus_id, grade): count for stimulus_id, grade, count in counted}
    return [
        Card(
            stimulus=stimulus,
            rendition=next(iter(stimulus.newest_first), None),  # type: ignore[attr-defined]
            valid=counts.get((stimulus.pk, Verdict.Grade.VALID), 0),
            rejected=counts.get((stimulus.pk, Verdict.Grade.REJECTED), 0),
        )
        for stimulus in stimuli
    ]


def builds_of_stimulus(stimulus: Stimulus) -> QuerySet[Build]:
    """All builds of a stimulus, newest first."""
    return (
        Build.objects.filter(rendition__stimulus=stimulus)
        .select_related("study", "recipe", "rendition__stimulus")
        .defer("alignment")
        .order_by("-pk")
    )


def tracks_of_stimulus(stimulus: Stimulus) -> QuerySet[Track]:
    """Tracks of a stimulus with `grade`, practice and withdrawn visits left out."""
    return (
        tracks_with_grade()
        .filter(trial__slot__stimulus=stimulus)
        .select_related("trial__slot__assignment__observer__study")
        .prefetch_related("verdicts")
    )


def studies_showing(stimulus: Stimulus) -> QuerySet[Study]:
    """Studies that show it in some version."""
    return Study.objects.filter(versions__study_stimuli__stimulus=stimulus).distinct()
