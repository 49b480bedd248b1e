import json
import zipfile

import pytest

from collector import blobs, work
from collector.models import Assignment, Observer, Stimulus
from collector.work import WorkState
from processing.errors import BadInput
from processing.layouts import LAYOUTS, PARTS, open_dataset
from processing.release import unpack
from processing.video import probe
from webapp.datasets import selectors
from webapp.datasets.models import Release, Split
from webapp.datasets.services import recipe_freeze, release_request, split_make
from webapp.datasets.services.publishing import release_make


def test_a_finished_release_holds_all_videos_and_only_public_truth(scene, tmp_path):
    study, recipe = scene.study(clips=4), scene.recipe()
    release = scene.released(study, recipe)
    assert (release.state, release.number, release.simulated) == (WorkState.DONE, 1, True)
    unpack(blobs.fetch("releases", release.public_sha256, tmp_path / "public.zip"), tmp_path / "public")
    dataset = open_dataset(tmp_path / "public")
    parts = dataset.parts()
    assert {part: len(names) for part, names in parts.items()} == {
        "train": 2,
        "public_test": 1,
        "private_test": 1,
    }
    for name in parts["train"] + parts["public_test"]:
        assert probe(dataset.video(name)).frames == probe(dataset.saliency(name)).frames
    hidden = parts["private_test"][0]
    assert dataset.video(hidden).exists()
    with pytest.raises(BadInput):
        dataset.saliency(hidden)
    with blobs.open_blob("releases", release.private_sha256) as file, zipfile.ZipFile(file) as private:
        assert f"SaliencyTest/Test/{hidden}.mp4" in private.namelist()


def test_observers_are_counted_in_what_is_published_and_never_named(scene):
    study, recipe = scene.study(), scene.recipe()
    labels = list(Observer.objects.values_list("label", flat=True))
    for build in scene.built(study, recipe):
        build.report |= {
            "observers_dropped": [
                {"observer": label, "reason": f"observer {label}: time runs backwards"} for label in labels
            ],
            "observers_without_points": labels[:1],
            "warnings": [f"no point inside the clip from: {labels[0]}"],
        }
        build.save()
    release = scene.released(study, recipe)
    with blobs.open_blob("releases", release.public_sha256) as file, zipfile.ZipFile(file) as public:
        texts = {name: public.read(name) for name in public.namelist() if not name.endswith((".mp4", ".png"))}
    assert not [name for name, text in texts.items() for label in labels if label.encode() in text]
    report = json.loads(texts["provenance.json"])["clips"]["clouds-a"]["report"]
    assert report["observers_dropped"] == [{"reason": "observer X: time runs backwards", "observers": 2}]
    assert report["observers_without_points"] == 1


def test_a_curator_chooses_the_layout_and_each_is_a_release_of_its_own(scene):
    study, recipe = scene.study(), scene.recipe()
    first = scene.released(study, recipe)
    release = release_request(study=study, recipe=recipe, split=first.split, layout=Release.Layout.CROWDSAL)
    release_make(release.pk)
    release.refresh_from_db()
    assert (release.state, release.number) == (WorkState.DONE, first.number + 1)
    with blobs.open_blob("releases", release.public_sha256) as file, zipfile.ZipFile(file) as public:
        names = public.namelist()
    assert "Test/metadata.jsonl" in names and "TrainTestSplit.json" not in names


def test_every_layout_of_the_site_can_be_written():
    assert set(Release.Layout.values) == set(LAYOUTS)


def test_the_same_contents_are_one_release_and_writing_it_again_gives_the_same_bytes(scene):
    study, recipe = scene.study(), scene.recipe()
    release = scene.released(study, recipe)
    assert release_request(study=study, recipe=recipe) == release
    Release.objects.filter(pk=release.pk).update(state=WorkState.WAITING, public_sha256="")
    release_make(release.pk)
    assert Release.objects.get(pk=release.pk).public_sha256 == release.public_sha256


def test_newer_builds_make_the_next_version(scene):
    study, recipe = scene.study(), scene.recipe()
    first = scene.released(study, recipe)
    scene.observer(study, seed=9)
    second = scene.released(study, recipe)
    assert (second.number, second.study) == (2, first.study)
    assert Release.objects.get(pk=first.pk).public_sha256 == first.public_sha256


def test_a_study_without_builds_has_nothing_to_release(scene):
    study, recipe = scene.study(), scene.recipe()
    with pytest.raises(BadInput, match="no finished build"):
        release_request(study=study, recipe=recipe)
    assert not Release.objects.exists()
    assert not Split.objects.exists()


def test_a_missing_licence_stops_the_release_by_name(scene):
    study, recipe = scene.study(), scene.recipe()
    scene.built(study, recipe)
    Stimulus.objects.filter(name="clouds-b").update(licence="")
    with pytest.raises(BadInput, match="licence is given for clouds-b:"):
        release_request(study=study, recipe=recipe)
    assert not Release.objects.exists()


def test_two_clips_are_too_few_to_split(scene):
    study, recipe = scene.study(clips=2), scene.recipe()
    scene.built(study, recipe)
    with pytest.raises(BadInput, match="2 clips"):
        release_request(study=study, recipe=recipe)


def test_a_split_that_names_an_unbuilt_clip_is_refused(scene):
    study, recipe, other = scene.study(), scene.recipe(), scene.recipe("wide", sigma_px=9.0)
    builds = scene.built(study, recipe)
    split = split_make(study=study, builds=builds, seed=1)
    with pytest.raises(BadInput, match="no finished build with the recipe wide"):
        release_request(study=study, recipe=other, split=split)


def test_tracks_that_were_withdrawn_do_not_get_released(scene):
    study, recipe = scene.study(), scene.recipe()
    scene.built(study, recipe)
    release = release_request(study=study, recipe=recipe)
    Assignment.objects.filter(pk=Assignment.objects.first().pk).update(step=Assignment.Step.WITHDRAWN)
    release_make(release.pk)
    release.refresh_from_db()
    assert release.state == WorkState.FAILED
    assert "withdrew" in release.last_error
    assert release.public_sha256 == ""
    with pytest.raises(BadInput, match="withdrawn or rejected since"):
        release_request(study=study, recipe=recipe, seed=2)


def test_a_release_can_be_asked_for_after_an_observer_came_and_withdrew(scene):
    study, recipe = scene.study(), scene.recipe()
    builds = scene.built(study, recipe)
    late = scene.observer(study, seed=9)
    scene.built(study, recipe)
    Assignment.objects.filter(observer=late).update(step=Assignment.Step.WITHDRAWN)
    release = release_request(study=study, recipe=recipe)
    assert {item.build for item in release.items.all()} == set(builds)


def test_a_writer_that_died_leaves_nothing_and_is_followed_by_another(scene):
    study, recipe = scene.study(), scene.recipe()
    scene.built(study, recipe)
    release = release_request(study=study, recipe=recipe)
    work.claim(Release, release.pk, lease_s=-1)
    release_make(release.pk)
    release.refresh_from_db()
    assert (release.state, release.attempt) == (WorkState.DONE, 2)


def test_the_same_split_is_one_row_and_another_seed_may_differ(scene):
    study, recipe = scene.study(clips=5), scene.recipe()
    builds = scene.built(study, recipe)
    split = split_make(study=study, builds=builds, seed=3)
    assert split_make(study=study, builds=builds[::-1], seed=3) == split
    assert set(split.part_of) == set(selectors.current_builds(study, recipe))
    assert all(split.document[part] for part in PARTS)


@pytest.mark.parametrize("shares", [{"train": "1/2"}, dict.fromkeys(PARTS, "x"), dict.fromkeys(PARTS, "1/2")])
def test_wrong_shares_are_refused(scene, shares):
    study, recipe = scene.study(), scene.recipe()
    builds = scene.built(study, recipe)
    with pytest.raises(BadInput, match="shares"):
        split_make(study=study, builds=builds, seed=1, shares=shares)


def test_the_same_parameters_are_one_recipe(db):
    recipe = recipe_freeze(name="published", document={})
    assert recipe_freeze(name="other name", document={"lag_ms": 300}) == recipe
    assert recipe.parameters.fingerprint() == recipe.fingerprint
    with pytest.raises(BadInput, match="another recipe is named"):
        recipe_freeze(name="published", document={"lag_ms": 0})
    with pytest.raises(BadInput, match="sigma"):
        recipe_freeze(name="two sigmas", document={"sigma_px": 1.0, "sigma_deg": 1.0})
