"""How far a plan is: one list of steps, read from the rows that do the work."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from collector.models import Study
from collector.selectors import study_coverage
from collector.work import WorkRow, WorkState
from webapp.baselines.models import BaselineRun
from webapp.leaderboard.models import Evaluation
from webapp.plans.models import OPEN_STATES, Plan


@dataclass(frozen=True)
class Step:
    """One line of the progress page.

    `state` is one of the words of work rows. `done` of `total` are counted in `unit`. `run` is the training run that
    the step shows (for its log and curve).
    """

    title: str
    state: str
    done: int = 0
    total: int = 0
    unit: str = ""
    share: float = 0.0
    seconds: float | None = None
    problem: str = ""
    note: str = ""
    run: BaselineRun | None = None


def plans_of(study: Study) -> QuerySet[Plan]:
    """Plans of a study, newest first, with what a page shows of them."""
    return Plan.objects.filter(study=study).select_related("study", "recipe", "split", "release")


def plans_open() -> QuerySet[Plan]:
    """Plans that are not over, newest first."""
    return Plan.objects.filter(state__in=OPEN_STATES).select_related("study", "recipe", "split", "release")


def plan_steps(plan: Plan) -> list[Step]:
    """The steps of a plan in order: observers, builds, split, release, one for each run, and their scores."""
    builds = list(plan.builds.select_related("rendition__stimulus").defer("report", "alignment"))
    runs = list(plan.runs.select_related("release").defer("curve", "facts").order_by("pk"))
    evaluations = list(
        Evaluation.objects.filter(submission__run__plans=plan)
        .select_related("submission__release")
        .defer("results")
    )
    dataset = [
        _observers(plan),
        _rows("Builds", builds, unit="clips"),
        _split(plan, builds),
        _rows("Release", [plan.release] if plan.release else [], unit="clips"),
    ]
    if not plan.baselines:
        return dataset
    scores = _rows("Scores", evaluations, unit="evaluations", expected=len(plan.baselines))
    return [*dataset, *_runs(plan, runs), scores]


def _observers(plan: Plan) -> Step:
    version = plan.study.version
    coverage = study_coverage(version) if version else []
    done = sum(min(row.valid, row.target) for row in coverage)
    total = sum(row.target for row in coverage)
    reached = plan.started_at is not None or (bool(total) and done >= total)
    return Step(
        "Observers",
        WorkState.DONE if reached else WorkState.WAITING,
        done,
        total,
        "valid tracks",
        share=done / total if total else 0.0,
        note="" if plan.start == Plan.Start.TARGET else "starts by hand",
    )


def _split(plan: Plan, builds: Sequence[WorkRow]) -> Step:
    if plan.split is None:
        return Step("Split", WorkState.WAITING, total=len(builds), unit="clips")
    clips = len(plan.split.part_of)
    return Step("Split", WorkState.DONE, clips, clips, "clips", share=1.0, note=str(plan.split))


def _runs(plan: Plan, runs: Sequence[BaselineRun]) -> list[Step]:
    there = [
        Step(
            title=f"Baseline {run.baseline}",
            state=run.state,
            done=run.progress_done,
            total=run.progress_total,
            unit=f"steps, {run.get_phase_display()}",
            share=run.progress_share,
            seconds=_seconds([run]),
            problem=run.last_error,
            note=f"waits for {run.waiting_for}" if run.waiting_for else "",
            run=run,
        )
        for run in runs
    ]
    to_come = [
        Step(f"Baseline {wish.get('baseline') or wish['config']}", WorkState.WAITING)
        for wish in plan.baselines[len(runs) :]
    ]
    return there + to_come


def _rows(title: str, rows: Sequence[WorkRow], *, unit: str, expected: int = 0) -> Step:
    """A step that several work rows make together; one row's own progress is shown as it is."""
    total = max(len(rows), expected)
    done = sum(row.state == WorkState.DONE for row in rows)
    problem = next((f"{row}: {row.last_error}" for row in rows if row.last_error), "")
    counts = (rows[0].progress_done, rows[0].progress_total) if len(rows) == total == 1 else (done, total)
    return Step(
        title,
        _common_state(rows, total),
        *counts,
        unit,
        share=sum(row.progress_share for row in rows) / total if total else 0.0,
        seconds=_seconds(rows),
        problem=problem,
    )


def _common_state(rows: Sequence[WorkRow], total: int) -> str:
    states = {row.state for row in rows}
    if states & {WorkState.FAILED, WorkState.CANCELLED}:
        return WorkState.FAILED
    if not states or states == {WorkState.WAITING}:
        return WorkState.WAITING
    return WorkState.DONE if states == {WorkState.DONE} and len(rows) == total else WorkState.RUNNING


def _seconds(rows: Sequence[WorkRow]) -> float | None:
    """From the first start to the last end, or to now while something runs."""
    starts = [row.started_at for row in rows if row.started_at]
    if not starts:
        return None
    running = any(row.finished_at is None for row in rows)
    ends = [row.finished_at for row in rows if row.finished_at]
    end: dt.datetime = timezone.now() if running else max(ends)
    return max(0.0, (end - min(starts)).total_seconds())
