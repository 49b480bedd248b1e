import json
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from hypothesis import given
from hypothesis import strategies as st

from collector import blobs, work
from collector.models import Assignment, Verdict
from collector.work import WorkState
from processing.errors import BadInput
from webapp.datasets import selectors
from webapp.datasets.models import Build, ContentFeatures
from webapp.datasets.services import building, builds_request
from webapp.datasets.services.building import build_make

PAIRS = st.lists(st.tuples(st.text("0123456789abcdef", min_size=4, max_size=4), st.text("abc", min_size=1)))


@given(PAIRS, st.randoms())
def test_the_digest_of_tracks_knows_no_order(pairs, rng):
    shuffled = list(pairs)
    rng.shuffle(shuffled)
    assert selectors.tracks_digest(pairs) == selectors.tracks_digest(shuffled)


@given(PAIRS, st.tuples(st.just("ffff"), st.text("abc", min_size=1)))
def test_one_more_track_is_another_digest(pairs, extra):
    assert selectors.tracks_digest(pairs) != selectors.tracks_digest([*pairs, extra])


def test_a_build_has_as_many_frames_as_its_clip_and_says_what_made_it(scene):
    study, recipe = scene.study(), scene.recipe()
    builds = scene.built(study, recipe)
    assert [build.state for build in builds] == [WorkState.DONE] * 3
    build = builds[0]
    with blobs.open_blob("products", build.fixations_sha256) as file:
        assert len(json.load(file)) == build.rendition.frames == build.report["frames"]
    assert build.observers_used == 2
    assert build.report["recipe_fingerprint"] == recipe.fingerprint
    assert build.report["simulated"] is True
    assert all(report["mapped"] > 0 for report in build.alignment.values())
    assert build.progress_share == 1
    assert ContentFeatures.objects.filter(rendition=build.rendition).exists()


def test_asking_again_gives_the_same_rows_and_running_again_changes_nothing(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    first = scene.built(study, recipe)[0]
    again = builds_request(study=study, recipe=recipe)
    assert [build.pk for build in again] == [first.pk]
    build_make(first.pk)
    assert Build.objects.get(pk=first.pk).finished_at == first.finished_at


def test_two_builds_of_the_same_inputs_have_the_same_bytes(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    first = scene.built(study, recipe)[0]
    Build.objects.filter(pk=first.pk).update(state=WorkState.WAITING, fixations_sha256="", saliency_sha256="")
    build_make(first.pk)
    second = Build.objects.get(pk=first.pk)
    assert (second.fixations_sha256, second.saliency_sha256) == (
        first.fixations_sha256,
        first.saliency_sha256,
    )


def test_newer_tracks_make_a_build_stale_and_a_second_row(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    first = scene.built(study, recipe)[0]
    assert selectors.stale_builds(study, [first]) == set()
    scene.observer(study, seed=7)
    assert selectors.stale_builds(study, [first]) == {first.pk}
    assert selectors.unsound_builds([first]) == set()
    second = scene.built(study, recipe)[0]
    assert second.pk != first.pk
    assert second.observers_used == 3
    assert selectors.current_builds(study, recipe)["clouds-a"] == second


def test_a_build_is_unsound_once_one_of_its_observers_withdraws(scene):
    study, recipe = scene.study(clips=2), scene.recipe()
    builds = scene.built(study, recipe)
    Assignment.objects.filter(pk=Assignment.objects.first().pk).update(step=Assignment.Step.WITHDRAWN)
    assert selectors.unsound_builds(builds) == {build.pk for build in builds}


def test_a_build_without_an_observer_who_came_and_withdrew_is_current_again(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    before = scene.built(study, recipe)[0]
    late = scene.observer(study, seed=7)
    scene.built(study, recipe)
    Assignment.objects.filter(observer=late).update(step=Assignment.Step.WITHDRAWN)
    assert scene.built(study, recipe) == [before], "asking for new builds gives the one that is there"
    assert selectors.current_builds(study, recipe) == {"clouds-a": before}


def test_a_build_with_a_track_that_was_rejected_and_accepted_again_is_current_again(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    whole = scene.built(study, recipe)[0]
    track = whole.tracks.first()
    Verdict.objects.create(track=track, grade=Verdict.Grade.REJECTED, rules_fingerprint="")
    smaller = scene.built(study, recipe)[0]
    assert selectors.current_builds(study, recipe) == {"clouds-a": smaller}
    Verdict.objects.create(track=track, grade=Verdict.Grade.VALID, rules_fingerprint="")
    assert selectors.current_builds(study, recipe) == {"clouds-a": whole}


def test_where_todays_build_is_not_there_yet_the_newest_sound_one_is_current(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    first = scene.built(study, recipe)[0]
    late = scene.observer(study, seed=7)
    second = scene.built(study, recipe)[0]
    scene.observer(study, seed=8)
    assert selectors.current_builds(study, recipe) == {"clouds-a": second}
    Assignment.objects.filter(observer=late).update(step=Assignment.Step.WITHDRAWN)
    assert selectors.current_builds(study, recipe) == {"clouds-a": first}


def test_a_waiting_build_whose_track_was_rejected_since_fails_for_good(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    build = builds_request(study=study, recipe=recipe)[0]
    track = build.tracks.first()
    Verdict.objects.create(track=track, grade=Verdict.Grade.REJECTED, rules_fingerprint="")
    build_make(build.pk)
    build.refresh_from_db()
    assert (build.state, build.attempt) == (WorkState.FAILED, 1)
    assert "ask for a new build" in build.last_error


def test_a_worker_that_lost_its_lease_writes_nothing(scene, monkeypatch):
    study, recipe = scene.study(clips=1), scene.recipe()
    build = builds_request(study=study, recipe=recipe)[0]
    theirs = uuid4()
    process_stimulus = building.process_stimulus

    def slow(**arguments):
        report = process_stimulus(**arguments)
        Build.objects.filter(pk=build.pk).update(lease_token=theirs)  # somebody claimed it in the meantime
        return report

    monkeypatch.setattr(building, "process_stimulus", slow)
    build_make(build.pk)
    build.refresh_from_db()
    assert (build.state, build.lease_token) == (WorkState.RUNNING, theirs)
    assert build.fixations_sha256 == build.last_error == ""


def test_a_worker_that_died_is_followed_by_another(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    build = builds_request(study=study, recipe=recipe)[0]
    work.claim(Build, build.pk, lease_s=-1)  # and then kill -9
    assert list(Build.due()) == [build]
    build_make(build.pk)
    build.refresh_from_db()
    assert (build.state, build.attempt) == (WorkState.DONE, 2)


def test_a_damaged_clip_is_tried_again_and_fails_with_its_reason(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    build = builds_request(study=study, recipe=recipe)[0]
    with storages["media"].open(blobs.key(build.rendition.sha256), "wb") as file:
        file.write(b"half a file")
    for _ in range(work.MAX_ATTEMPTS):
        build_make(build.pk)
    build.refresh_from_db()
    assert build.state == WorkState.FAILED
    assert "does not match its checksum" in build.last_error
    assert build.retry()
    assert (build.state, build.attempt) == (WorkState.WAITING, 0)


def test_a_trimmed_tail_brings_a_clip_of_the_same_length(scene):
    study = scene.study(clips=1, observers=1)
    recipe = scene.recipe(tail="trim", lag_ms=1200)
    build = scene.built(study, recipe)[0]
    assert build.report["frames"] < build.rendition.frames
    assert blobs.exists("products", build.clip_sha256)


def test_a_study_without_valid_tracks_has_nothing_to_build(scene):
    with pytest.raises(BadInput, match="no valid track yet"):
        builds_request(study=scene.study(clips=1, observers=0), recipe=scene.recipe())
    assert not Build.objects.exists()


def test_a_build_says_how_well_its_observers_agree_without_naming_them(scene):
    study, recipe = scene.study(clips=1), scene.recipe()
    assert "2 observers are too few" in scene.built(study, recipe)[0].report["consistency"]["reason"]
    for seed in (2, 3, 4):
        scene.observer(study, seed=seed)
    found = scene.built(study, recipe)[0].report["consistency"]
    assert found["observers"] == 5
    assert 0 < found["split_half"]["value"] <= found["ceiling"]["value"] <= 1
    assert set(found["leave_one_out"]) == {"mean"}


def test_a_large_study_is_asked_for_in_batches_and_gets_the_same_rows(scene, monkeypatch):
    study, recipe = scene.study(clips=3), scene.recipe()
    whole = builds_request(study=study, recipe=recipe)
    monkeypatch.setattr("webapp.datasets.services.builds.BATCH", 2)
    assert builds_request(study=study, recipe=recipe) == whole
    assert [build.tracks.count() for build in whole] == [2, 2, 2]
