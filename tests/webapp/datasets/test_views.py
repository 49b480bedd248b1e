"""Tracks of observers who were shown a smaller view count for the reference, and for it alone."""

from collector.models import Rendition, Track, Trial
from webapp.datasets import selectors
from webapp.datasets.services import builds_request


def view_of(reference):
    return Rendition.objects.create(
        stimulus=reference.stimulus,
        tier=Rendition.Tier.HD,
        reference=reference,
        sha256="9" * 64,
        bytes=1,
        fps_num=reference.fps_num,
        fps_den=reference.fps_den,
        frames=reference.frames,
        width=reference.width // 2,
        height=reference.height // 2,
    )


def test_a_view_is_no_newer_rendition_and_its_tracks_join_those_of_the_reference(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    [before] = builds_request(study=study, recipe=recipe)
    reference = before.rendition
    Trial.objects.filter(track=Track.objects.earliest("pk")).update(rendition=view_of(reference))
    assert selectors.newest_renditions(study) == [reference]
    assert {pk: len(tracks) for pk, tracks in selectors.tracks_that_count(study).items()} == {reference.pk: 2}
    [after] = builds_request(study=study, recipe=recipe)
    assert after == before
    assert selectors.stale_builds(study, [before]) == set()
