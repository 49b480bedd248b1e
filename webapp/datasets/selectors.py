"""Every read of recipes, builds, splits and releases that more than one place needs."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from collector.models import Assignment, Rendition, Stimulus, Study, Track, Verdict
from collector.selectors import newest_grade, tracks_with_grade
from collector.work import WorkState
from webapp.datasets.models import Build, Recipe, Release

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

LABEL = "trial__slot__assignment__observer__label"  # of the observer, seen from a track


def tracks_digest(tracks: Iterable[tuple[str, str]]) -> str:
    """Identity of a set of tracks, given as (sha256 of the file, observer label), in any order."""
    lines = sorted(f"{sha256} {label}\n" for sha256, label in tracks)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def labelled(tracks: Iterable[Track]) -> list[tuple[str, str]]:
    """The pairs that `tracks_digest` takes; the observer must be selected with the tracks."""
    return [(track.sha256, track.trial.slot.assignment.observer.label) for track in tracks]


def stimuli_shown(study: Study) -> QuerySet[Stimulus]:
    """Clips that the newest version of the study shows, practice aside."""
    return Stimulus.objects.filter(
        study_stimuli__version=study.version, study_stimuli__practice=False
    ).order_by("name")


def newest_renditions(study: Study) -> list[Rendition]:
    """The newest reference of each clip of the study, by the clip's name; clips without one are left out."""
    references = Max("renditions__pk", filter=Q(renditions__tier=Rendition.Tier.FULL))
    newest = stimuli_shown(study).annotate(newest=references).values_list("newest", flat=True)
    return list(
        Rendition.objects.filter(pk__in=[pk for pk in newest if pk])
        .select_related("stimulus")
        .order_by("stimulus__name")
    )


def tracks_that_count(study: Study, renditions: Iterable[Rendition] | None = None) -> dict[int, list[Track]]:
    """Valid tracks of a study by the reference's id, one an observer (the first), in one query.

    renditions: of these references alone. What an observer saw of a smaller view counts for its reference: the frames
    are the same.
    """
    valid = _valid_tracks(study).select_related("trial__slot__assignment__observer")
    if renditions is not None:
        valid = valid.filter(reference_id__in=[rendition.pk for rendition in renditions])
    by_rendition: dict[int, dict[str, Track]] = defaultdict(dict)
    for track in valid:
        label = track.trial.slot.assignment.observer.label
        by_rendition[track.reference_id].setdefault(label, track)
    return {rendition_id: list(tracks.values()) for rendition_id, tracks in by_rendition.items()}


def stale_builds(study: Study, builds: Iterable[Build]) -> set[int]:
    """Ids of those builds whose inputs are not today's: other valid tracks, or a newer rendition.

    Two queries, which look at the clips of these builds alone.
    """
    builds = list(builds)
    renditions = {build.rendition_id for build in builds}
    stimuli = Rendition.objects.filter(pk__in=renditions).values("stimulus")
    references = Rendition.objects.filter(stimulus__in=stimuli, tier=Rendition.Tier.FULL)
    newest_of_each = references.order_by().values("stimulus")
    newest = set(newest_of_each.annotate(newest=Max("pk")).values_list("newest", flat=True))
    present: dict[int, dict[str, str]] = defaultdict(dict)
    rows = _valid_tracks(study).filter(reference_id__in=renditions)
    for rendition_id, label, sha256 in rows.values_list("reference_id", LABEL, "sha256"):
        present[rendition_id].setdefault(label, sha256)
    digests = {
        rendition_id: tracks_digest((sha256, label) for label, sha256 in own.items())
        for rendition_id, own in present.items()
    }
    return {
        build.pk
        for build in builds
        if build.rendition_id not in newest or digests.get(build.rendition_id) != build.tracks_digest
    }


class Counting(TypedDict):
    """What `_valid_tracks` adds to a track: the rendition whose frames the observer saw, maybe in a smaller view."""

    grade: str | None
    reference_id: int


def _valid_tracks(study: Study) -> "QuerySet[WithAnnotations[Track, Counting]]":
    return (
        tracks_with_grade()
        .filter(grade=Verdict.Grade.VALID, trial__slot__assignment__observer__study=study)
        .annotate(reference_id=Coalesce("trial__rendition__reference", "trial__rendition"))
        .order_by(LABEL, "pk")
    )


def unsound_builds(builds: Iterable[Build]) -> set[int]:
    """Ids of those builds that use a track which was withdrawn, removed or rejected since."""
    wanted = {build.pk: build.tracks_digest for build in builds}
    links = (
        Build.tracks.through.objects.filter(build_id__in=wanted)
        .exclude(track__trial__slot__assignment__step=Assignment.Step.WITHDRAWN)
        .filter(track__in=Track.objects.annotate(grade=newest_grade()).filter(grade=Verdict.Grade.VALID))
        .values_list("build_id", "track__sha256", f"track__{LABEL}")
    )
    present: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for build_id, sha256, label in links:
        present[build_id].append((sha256, label))
    return {pk for pk, digest in wanted.items() if tracks_digest(present[pk]) != digest}


def current_builds(study: Study, recipe: Recipe) -> dict[str, Build]:
    """Name of the clip → the finished build by a recipe that stands for it, for the clips that the study shows now.

    That of today's tracks, which need not be the newest: an observer may come and withdraw, or a track be rejected
    and accepted again. Where there is none, the newest sound one; where none is sound, the newest.
    """
    done = list(
        Build.objects.filter(
            study=study,
            recipe=recipe,
            state=WorkState.DONE,
            rendition__stimulus__in=stimuli_shown(study),
        )
        .select_related("rendition__stimulus", "rendition__content")
        .defer("report", "alignment")
    )
    stale = stale_builds(study, done)
    up_to_date = {build.rendition_id for build in done if build.pk not in stale}
    unsound = unsound_builds(build for build in done if build.rendition_id not in up_to_date)
    done.sort(key=lambda build: (build.pk not in stale, build.pk not in unsound, build.pk))
    return {build.rendition.stimulus.name: build for build in done}


@dataclass(frozen=True)
class BuildCounts:
    """Builds of a study by state."""

    waiting: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.waiting + self.running + self.done + self.failed + self.cancelled


def build_counts(builds: QuerySet[Build]) -> BuildCounts:
    """How many builds of a set are in which state."""
    return BuildCounts(**dict(builds.order_by().values_list("state").annotate(count=Count("pk"))))


def builds_of(study: Study) -> QuerySet[Build]:
    """All builds of a study, newest first, with what a list shows of them."""
    return Build.objects.filter(study=study).select_related("rendition__stimulus", "recipe").order_by("-pk")


def releases_of(study: Study) -> QuerySet[Release]:
    """All releases of a study, newest first, with what a list shows of them."""
    return Release.objects.filter(study=study).select_related("study", "recipe", "split")


def releases_published() -> QuerySet[Release]:
    """Finished releases of every study, newest first."""
    return (
        Release.objects.filter(state=WorkState.DONE)
        .select_related("study", "recipe", "split")
        .order_by("-finished_at")
    )
