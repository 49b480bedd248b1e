"""Which tracks an export holds, with all that their rows need."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import OuterRef, QuerySet, Subquery

from collector.models import Assignment, Study, Track, Verdict
from collector.selectors import newest_grade

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

AT_ONCE = 200


class Judged(TypedDict):
    """The newest verdict: its grade and its reasons."""

    grade: str | None
    verdict_reasons: list[dict[str, Any]] | None


def tracks_of(study: Study, *, practice: bool) -> "QuerySet[WithAnnotations[Track, Judged]]":
    """Tracks of a study, those of withdrawn visits left out, in the order in which they were recorded."""
    newest = Verdict.objects.filter(track=OuterRef("pk")).order_by("-pk")
    tracks = (
        Track.objects.filter(trial__slot__assignment__observer__study=study)
        .exclude(trial__slot__assignment__step=Assignment.Step.WITHDRAWN)
        .select_related(
            "suspicion",
            "trial__rendition__reference",
            "trial__slot__stimulus",
            "trial__slot__assignment__observer",
            "trial__slot__assignment__version__study",
        )
        .annotate(grade=newest_grade(), verdict_reasons=Subquery(newest.values("reasons")[:1]))
        .order_by("pk")
    )
    return tracks if practice else tracks.filter(trial__slot__practice=False)


def tracks_one_by_one(study: Study, *, practice: bool) -> "Iterator[WithAnnotations[Track, Judged]]":
    """The same, fetched AT_ONCE at a time, so that a study of any size needs little memory."""
    return tracks_of(study, practice=practice).iterator(chunk_size=AT_ONCE)
