"""Builds are asked for; `building.py` makes them."""

from collections.abc import Sequence

from django.db import transaction

from collector.models import Rendition, Study, Track
from processing.errors import BadInput
from webapp.datasets import selectors
from webapp.datasets.models import Build, Recipe

# Of clips at a time: with a hundred observers each, their tracks take some hundred megabytes.
BATCH = 500


def builds_request(*, study: Study, recipe: Recipe) -> list[Build]:
    """Ask for a build of each clip of the study that has valid tracks, from the tracks of this moment.

    Asking again without new tracks gives the same rows; one that failed or was cancelled is tried again.
    Raises BadInput when there is nothing to build.
    """
    renditions = selectors.newest_renditions(study)
    if not renditions:
        raise BadInput(f"study {study.slug} shows no prepared clip: add stimuli and freeze a version first")
    builds = []
    for first in range(0, len(renditions), BATCH):
        some = renditions[first : first + BATCH]
        tracks = selectors.tracks_that_count(study, some)
        builds += [
            build_request(study=study, rendition=rendition, recipe=recipe, tracks=tracks[rendition.pk])
            for rendition in some
            if rendition.pk in tracks
        ]
    if not builds:
        raise BadInput(
            f"study {study.slug} has no valid track yet: wait for observers, or look at the verdicts"
        )
    return builds


@transaction.atomic
def build_request(*, study: Study, rendition: Rendition, recipe: Recipe, tracks: Sequence[Track]) -> Build:
    """Ask for the build of one rendition from these tracks; the same inputs give the same row."""
    digest = selectors.tracks_digest(selectors.labelled(tracks))
    build, created = Build.objects.get_or_create(
        study=study,
        rendition=rendition,
        recipe=recipe,
        tracks_digest=digest,
        defaults={
            "simulated": study.simulated
            or any(track.trial.slot.assignment.observer.simulated for track in tracks)
        },
    )
    if created:
        build.tracks.set(tracks)
    else:
        build.retry()
    return build
