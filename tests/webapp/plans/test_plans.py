import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collector.models import Assignment, Stimulus
from collector.work import WorkState
from processing.errors import BadInput
from webapp.baselines.models import BaselineRun
from webapp.baselines.tasks import baseline_run
from webapp.datasets.models import Build, Release
from webapp.datasets.services import builds_request
from webapp.datasets.tasks import build_run, release_run
from webapp.leaderboard import selectors as boards
from webapp.leaderboard.models import Evaluation
from webapp.leaderboard.tasks import clip_score_run, evaluation_run
from webapp.plans.models import Plan
from webapp.plans.selectors import plan_steps
from webapp.plans.services import plan_advance, plan_cancel, plan_create, plan_retry, plan_start
from webapp.plans.tasks import sweep

TASKS = {task.name: task for task in (build_run, release_run, baseline_run, evaluation_run, clip_score_run)}
CENTRE_PRIOR = [{"config": "center_prior", "device": "cpu"}]


@pytest.fixture
def queue(monkeypatch):
    """The broker's place: what was enqueued, as (name of the task, id)."""
    told = []
    monkeypatch.setattr("collector.work.enqueue", lambda name, pk, *, queue: told.append((name, pk)))
    return told


def run_all(queue, rounds=12):
    """Sweep and work until nothing is enqueued any more."""
    for _ in range(rounds):
        sweep()
        if not queue:
            return
        while queue:
            name, pk = queue.pop(0)
            TASKS[name](pk)


def state_of(plan):
    plan.refresh_from_db()
    return plan.state, plan.problem


def test_a_plan_goes_from_its_observers_to_the_board_without_a_click(scene, queue):
    study = scene.study(clips=3, observers=1, target=2)
    plan = plan_create(study=study, recipe=scene.recipe(), baselines=CENTRE_PRIOR)
    run_all(queue)
    assert state_of(plan) == (Plan.State.WAITING, "")
    assert plan_steps(plan)[0].done == 3
    scene.observer(study, seed=5)
    run_all(queue)
    assert state_of(plan) == (Plan.State.DONE, "")
    assert [row.submission.name for row in boards.board(plan.release)] == ["center_prior"]
    steps = plan_steps(plan)
    assert [step.title for step in steps] == [
        "Observers",
        "Builds",
        "Split",
        "Release",
        "Baseline center_prior",
        "Scores",
    ]
    assert {step.state for step in steps} == {WorkState.DONE}
    assert all(step.share == 1 for step in steps)
    assert steps[4].run.log_sha256
    run_all(queue)
    assert Release.objects.count() == BaselineRun.objects.count() == Evaluation.objects.count() == 1


def test_steps_can_be_looked_at_at_every_moment(scene, queue):
    study = scene.study(clips=3)
    plan = plan_create(study=study, recipe=scene.recipe(), baselines=[])
    seen = [[step.state for step in plan_steps(plan)]]
    for _ in range(30):
        sweep()
        plan.refresh_from_db()
        seen.append([step.state for step in plan_steps(plan)])
        if not queue:
            break
        name, pk = queue.pop(0)
        TASKS[name](pk)
    assert seen[0][1:] == ["waiting"] * 3
    assert set(seen[-1]) == {"done"}
    assert any("running" in states for states in seen)


def test_no_look_at_a_plan_reads_what_its_builds_report(scene, queue):
    plan = plan_create(study=scene.study(clips=3), recipe=scene.recipe(), baselines=[])
    sweep()
    for name, pk in queue:
        TASKS[name](pk)
    with CaptureQueriesContext(connection) as looks:
        for _ in range(2):
            plan_advance(plan.pk)
            plan_steps(Plan.objects.get(pk=plan.pk))
    assert Release.objects.exists()
    reading = [query["sql"] for query in looks if '"datasets_build"."report"' in query["sql"]]
    assert all(sql.endswith("LIMIT 1") for sql in reading), "but for the first that failed"


def test_a_failing_step_stops_the_plan_with_its_reason_until_it_is_mended(scene, queue):
    study = scene.study(clips=3)
    Stimulus.objects.filter(name="clouds-a").update(licence="")
    plan = plan_create(study=study, recipe=scene.recipe(), baselines=[])
    run_all(queue)
    state, problem = state_of(plan)
    assert state == Plan.State.STOPPED
    assert "no licence is given for clouds-a" in problem
    assert plan.split is None, "a refused step leaves nothing half done"
    Stimulus.objects.filter(name="clouds-a").update(licence="CC0-1.0")
    run_all(queue)
    assert state_of(plan) == (Plan.State.DONE, "")


def test_a_failed_row_stops_the_plan_and_retry_goes_on(scene, queue):
    plan = plan_create(study=scene.study(clips=3), recipe=scene.recipe(), baselines=[])
    sweep()
    failing = Build.objects.first()
    Build.objects.filter(pk=failing.pk).update(state=WorkState.FAILED, last_error="the disk was full")
    queue[:] = [hint for hint in queue if hint[1] != failing.pk]
    run_all(queue)
    state, problem = state_of(plan)
    assert state == Plan.State.STOPPED
    assert problem.startswith("1 of 3 builds failed")
    assert "the disk was full" in problem
    assert plan_steps(plan)[1].state == WorkState.FAILED
    plan_retry(plan=plan)
    run_all(queue)
    assert state_of(plan) == (Plan.State.DONE, "")


def test_withdrawn_tracks_are_built_anew_on_retry(scene, queue):
    study = scene.study(clips=3, observers=3)
    plan = plan_create(study=study, recipe=scene.recipe(), baselines=[])
    sweep()
    Assignment.objects.filter(pk=Assignment.objects.first().pk).update(step=Assignment.Step.WITHDRAWN)
    run_all(queue)
    assert state_of(plan)[0] == Plan.State.STOPPED
    plan_retry(plan=plan)
    run_all(queue)
    assert state_of(plan) == (Plan.State.DONE, "")
    assert {build.observers_used for build in plan.builds.all()} == {2}


def test_a_plan_started_by_hand_does_not_wait_for_observers(scene, queue):
    study = scene.study(clips=3, observers=1, target=50)
    plan = plan_create(study=study, recipe=scene.recipe(), baselines=[], start=Plan.Start.ACTION)
    run_all(queue)
    assert state_of(plan) == (Plan.State.WAITING, "")
    plan_start(plan=plan)
    run_all(queue)
    assert state_of(plan) == (Plan.State.DONE, "")
    with pytest.raises(BadInput, match="has begun already"):
        plan_start(plan=plan)


def test_a_cancelled_plan_takes_its_open_work_with_it(scene, queue):
    plan = plan_create(study=scene.study(clips=3), recipe=scene.recipe(), baselines=[])
    sweep()
    plan_cancel(plan=plan)
    run_all(queue)
    assert state_of(plan)[0] == Plan.State.CANCELLED
    assert set(Build.objects.values_list("state", flat=True)) == {WorkState.CANCELLED}
    with pytest.raises(BadInput, match="is over"):
        plan_cancel(plan=plan)


def test_a_plan_that_went_on_while_somebody_made_up_their_mind_publishes_nothing_once_cancelled(scene, queue):
    plan = plan_create(study=scene.study(clips=3), recipe=scene.recipe(), baselines=[])
    sweep()
    while queue:
        build_run(queue.pop(0)[1])
    plan_advance(plan.pk)
    assert plan.release is None, "as it was on the page"
    plan_cancel(plan=plan)
    run_all(queue)
    assert Release.objects.get().state == WorkState.CANCELLED


def test_a_study_has_one_open_plan(scene):
    study, recipe = scene.study(clips=3, observers=0), scene.recipe()
    plan = plan_create(study=study, recipe=recipe)
    with pytest.raises(BadInput, match="an open plan already"):
        plan_create(study=study, recipe=recipe)
    plan_cancel(plan=plan)
    assert plan_create(study=study, recipe=recipe).pk != plan.pk


@pytest.mark.parametrize(
    "baselines", ["center_prior", [{"name": "x"}], [{"config": "a", "speed": 1}], CENTRE_PRIOR * 2]
)
def test_baselines_that_nobody_could_run_are_refused(scene, baselines):
    study = scene.study(clips=1, observers=0)
    with pytest.raises(BadInput, match="baseline"):
        plan_create(study=study, recipe=scene.recipe(), baselines=baselines)


def test_a_fault_of_ours_stops_one_plan_and_not_the_sweep(scene, queue, monkeypatch):
    plan = plan_create(study=scene.study(clips=3), recipe=scene.recipe(), baselines=[])

    def broken(**arguments):
        raise ZeroDivisionError("somewhere")

    monkeypatch.setattr("webapp.plans.services.builds_request", broken)
    plan_advance(plan.pk)
    assert state_of(plan) == (Plan.State.STOPPED, "ZeroDivisionError: somewhere")


def test_the_sweep_finds_what_nobody_enqueued_and_says_it_once(scene, queue):
    builds = builds_request(study=scene.study(clips=2), recipe=scene.recipe())
    sweep()
    assert sorted(queue) == sorted((Build.task, build.pk) for build in builds)
    sweep()
    assert len(queue) == len(builds)
    Build.objects.update(hinted_at="2026-01-01T00:00Z")  # the message got lost
    sweep()
    assert len(queue) == 2 * len(builds)
