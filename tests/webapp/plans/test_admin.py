"""The curator's tables of everything that comes after capture, as a curator clicks through them."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collector.work import WorkState
from webapp.baselines.models import BaselineRun
from webapp.baselines.services import run_request
from webapp.datasets.models import Build, Recipe, Release, Split
from webapp.leaderboard.models import Submission
from webapp.plans.models import Plan
from webapp.plans.services import plan_create

TABLES = [
    "datasets_recipe",
    "datasets_build",
    "datasets_split",
    "datasets_release",
    "leaderboard_submission",
    "leaderboard_evaluation",
    "baselines_baselinerun",
    "plans_plan",
]


@pytest.fixture
def queue(monkeypatch):
    told = []
    monkeypatch.setattr("collector.work.enqueue", lambda name, pk, *, queue: told.append((name, pk)))
    return told


def url(table, page="changelist", *args):
    return reverse(f"admin:{table}_{page}", args=args)


def add(client, table, **values):
    return client.post(url(table, "add"), values, follow=True)


def act(client, table, action, *rows):
    values = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(url(table), values, follow=True)


def messages(answer):
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def world(scene):
    """One of everything."""
    study, recipe = scene.study(clips=3), scene.recipe()
    release = scene.released(study, recipe)
    run_request(release=release, config="center_prior")
    submission = Submission.objects.create(
        release=release, name="team", predictions_sha256="0" * 64, predictions_bytes=1
    )
    submission.evaluations.create()
    plan_create(study=study, recipe=recipe)
    return study, recipe, release


def test_every_table_lists_searches_and_shows_its_rows(world, admin_client):
    for table in TABLES:
        assert admin_client.get(url(table), {"q": "clouds"}).status_code == 200, table
        first = admin_client.get(url(table)).context["cl"].result_list[0]
        shown = admin_client.get(url(table, "change", first.pk))
        assert shown.status_code == 200, table
        assert b'name="_save"' not in shown.content, "frozen rows have no save button"
        may_add = table != "leaderboard_evaluation"
        assert (admin_client.get(url(table, "add")).status_code == 200) is may_add, table


def test_a_list_takes_the_same_number_of_queries_however_long_it_is(world, admin_client, scene):
    def queries():
        counts = {}
        for table in TABLES:
            with CaptureQueriesContext(connection) as seen:
                assert admin_client.get(url(table)).status_code == 200
            counts[table] = len(seen)
        return counts

    study, recipe, _ = world
    queries()  # content types are looked up once
    before = queries()
    scene.observer(study, seed=8)
    release = scene.released(study, recipe)
    run_request(release=release, config="center_prior")
    submission = Submission.objects.create(
        release=release, name="other", predictions_sha256="1" * 64, predictions_bytes=1
    )
    submission.evaluations.create()
    scene.recipe("another", sigma_px=9.0)
    assert queries() == before


def test_from_a_recipe_to_a_release_by_clicks(scene, admin_client, queue):
    study = scene.study(clips=3)
    add(admin_client, "datasets_recipe", name="mine", keys="lag_ms = 200\nsigma_px = 4.0")
    recipe = Recipe.objects.get(name="mine")
    assert recipe.document["lag_ms"] == 200
    answer = add(admin_client, "datasets_build", study=study.pk, recipe=recipe.pk)
    assert "3 builds are asked for" in messages(answer)
    assert {pk for _, pk in queue} == set(Build.objects.values_list("pk", flat=True))
    scene.built(study, recipe)
    add(admin_client, "datasets_split", study=study.pk, recipe=recipe.pk, seed=4)
    split = Split.objects.get()
    answer = add(
        admin_client,
        "datasets_release",
        study=study.pk,
        recipe=recipe.pk,
        layout="AIM24",
        split=split.pk,
        seed=1,
    )
    release = Release.objects.get()
    assert (release.split, release.title) == (split, "Clouds")
    assert queue[-1] == ("webapp.datasets.tasks.release_run", release.pk)


def test_a_refusal_is_one_line_and_what_was_entered_stays(scene, admin_client):
    answer = add(admin_client, "datasets_recipe", name="wrong", keys="lagg_ms = 3")
    assert "lagg_ms" in messages(answer)[0]
    assert b"lagg_ms = 3" in answer.content
    assert not Recipe.objects.exists()
    study, recipe = scene.study(clips=1, observers=0), scene.recipe()
    answer = add(admin_client, "datasets_release", study=study.pk, recipe=recipe.pk, layout="AIM24", seed=1)
    assert "ask for builds first" in messages(answer)[0]
    assert not Release.objects.exists()


def test_failed_work_is_retried_and_open_work_cancelled(world, admin_client, queue):
    build = Build.objects.first()
    Build.objects.filter(pk=build.pk).update(state=WorkState.FAILED, last_error="the disk was full")
    assert b"the disk was full" in admin_client.get(url("datasets_build")).content
    assert messages(act(admin_client, "datasets_build", "retry", build)) == ["1 put back in line"]
    assert queue == [("webapp.datasets.tasks.build_run", build.pk)]
    act(admin_client, "datasets_build", "cancel", build)
    build.refresh_from_db()
    assert build.state == WorkState.CANCELLED


def test_stale_clips_are_built_from_the_tracks_of_today(world, admin_client, queue, scene):
    study, _, _ = world
    scene.observer(study, seed=8)
    old = Build.objects.first()
    act(admin_client, "datasets_build", "renew", old)
    assert Build.objects.count() == 4
    assert queue == [("webapp.datasets.tasks.build_run", Build.objects.latest("pk").pk)]


def test_runs_plans_and_submissions_have_their_buttons(world, admin_client, queue):
    _, _, release = world
    plan = Plan.objects.get()
    assert messages(act(admin_client, "plans_plan", "start_now", plan)) == ["1 started"]
    assert "has begun already" in messages(act(admin_client, "plans_plan", "start_now", plan))[0]
    assert messages(act(admin_client, "plans_plan", "cancel", plan)) == ["1 cancelled"]
    act(admin_client, "baselines_baselinerun", "run_again", BaselineRun.objects.get())
    assert BaselineRun.objects.count() == 2
    act(admin_client, "leaderboard_submission", "evaluate_again", Submission.objects.get())
    assert {name.rsplit(".", 1)[-1] for name, _ in queue} == {"baseline_run", "evaluation_run"}
    answer = add(
        admin_client,
        "leaderboard_submission",
        release=release.pk,
        subset="public_test",
        name="team",
        predictions=SimpleUploadedFile("p.zip", b"no zip"),
    )
    assert "not a zip" in messages(answer)[0]


def test_who_may_only_look_gets_no_buttons(world, client, django_user_model):
    viewer = django_user_model.objects.create_user("viewer", password="looks only", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    page = client.get(url("datasets_build"))
    assert page.status_code == 200
    assert b'name="action"' not in page.content
    act(client, "datasets_build", "cancel", Build.objects.first())
    assert not Build.objects.filter(state=WorkState.CANCELLED).exists()
    assert client.get(url("datasets_build", "add")).status_code == 403
