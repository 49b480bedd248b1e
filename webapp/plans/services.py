"""A plan is made, started, taken one step further, and mended."""

import logging
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from collector import work
from collector.models import Study
from collector.selectors import coverage_reached, study_coverage
from collector.work import WorkRow, WorkState
from processing.errors import BadInput
from webapp.baselines.models import BaselineRun
from webapp.baselines.services import run_request
from webapp.datasets.models import Recipe, Release, Split
from webapp.datasets.services import builds_request, release_request, split_make
from webapp.leaderboard.models import Evaluation
from webapp.plans.models import OPEN_STATES, Plan

log = logging.getLogger(__name__)

RUN_KEYS = {"config", "baseline", "device"}


@transaction.atomic
def plan_create(
    *,
    study: Study,
    recipe: Recipe,
    baselines: list[dict[str, Any]] | None = None,
    start: str = Plan.Start.TARGET,
    **settings: Any,
) -> Plan:
    """Name a plan for a study; `settings` are seed, shares, layout and title.

    Raises BadInput when the study has an open plan already, or a baseline is not described as it should be.
    """
    Study.objects.select_for_update().get(pk=study.pk)
    if Plan.objects.filter(study=study, state__in=OPEN_STATES).exists():
        raise BadInput(f"study {study.slug} has an open plan already: cancel it, or let it finish")
    plan = Plan(study=study, recipe=recipe, start=start, **settings)
    if baselines is not None:
        plan.baselines = baselines
    _check_baselines(plan.baselines)
    plan.save()
    return plan


def plan_start(*, plan: Plan) -> None:
    """Begin now, however many observers there are. Raises BadInput when it has begun already."""
    waiting = Plan.objects.filter(pk=plan.pk, state=Plan.State.WAITING)
    if not waiting.update(state=Plan.State.RUNNING, started_at=timezone.now(), problem=""):
        raise BadInput(f"{plan} has begun already")


@transaction.atomic
def plan_cancel(*, plan: Plan) -> None:
    """Give it up; what it asked for and nobody has finished is cancelled too."""
    open_plans = Plan.objects.filter(pk=plan.pk, state__in=OPEN_STATES)
    if not open_plans.update(state=Plan.State.CANCELLED, finished_at=timezone.now()):
        raise BadInput(f"{plan} is over already")
    plan.refresh_from_db()  # it may have asked for its release since the caller read it
    for row in _work_rows(plan):
        work.cancel(row)


@transaction.atomic
def plan_retry(*, plan: Plan) -> None:
    """Go on after a problem: what failed is tried again, and what withdrawn tracks spoilt is built anew.

    Raises BadInput when the plan is not open.
    """
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if plan.state not in OPEN_STATES:
        raise BadInput(f"{plan} is over: make a new plan")
    if plan.release is None or plan.release.state != WorkState.DONE:
        _renew_builds(plan)
    for row in _work_rows(plan):
        row.retry()
    if plan.state == Plan.State.STOPPED:
        plan.state, plan.problem = Plan.State.RUNNING, ""
        plan.save()


def plan_advance(plan_id: int) -> None:
    """Take a plan as far as it can go now; called again and again, by anybody, it does nothing twice.

    It looks at rows and makes the ones that are missing; the sweep enqueues them. A refusal stops the plan with its
    reason until what it names is mended.
    """
    with transaction.atomic():
        plan = (
            Plan.objects.select_for_update(skip_locked=True).filter(pk=plan_id, state__in=OPEN_STATES).first()
        )
        if plan is None or not _begun(plan):
            return
        try:
            with transaction.atomic():  # a step that is refused leaves nothing half done
                finished = _advance(plan)
        except BadInput as problem:
            _stop(plan, str(problem))
        except Exception as fault:
            log.exception("%s cannot go on", plan)  # the other plans shall not wait for this one
            _stop(plan, f"{type(fault).__name__}: {fault}")
        else:
            plan.state, plan.problem = (Plan.State.DONE if finished else Plan.State.RUNNING), ""
            plan.finished_at = timezone.now() if finished else None
        plan.save()


def _begun(plan: Plan) -> bool:
    if plan.state != Plan.State.WAITING:
        return True
    version = plan.study.version
    if plan.start != Plan.Start.TARGET or version is None or not coverage_reached(study_coverage(version)):
        return False
    plan.started_at = timezone.now()
    plan.save(update_fields=["started_at"])
    return True


def _stop(plan: Plan, problem: str) -> None:
    plan.refresh_from_db()  # what the refused step had set is not in the database
    plan.state, plan.problem = Plan.State.STOPPED, problem


def _advance(plan: Plan) -> bool:
    """One pass over the steps, in order; True when nothing is left to do."""
    if not plan.builds.exists():
        plan.builds.set(builds_request(study=plan.study, recipe=plan.recipe))
    if not _all_done(plan.builds.all(), "builds"):
        return False
    if plan.release is None:
        plan.split, plan.release = _request_release(plan)
    if not _all_done(Release.objects.filter(pk=plan.release.pk), "releases"):
        return False
    _request_runs(plan)
    if not _all_done(plan.runs.all(), "baseline runs"):
        return False
    return _all_done(Evaluation.objects.filter(submission__run__plans=plan), "evaluations")


def _request_release(plan: Plan) -> tuple[Split, Release]:
    rows = plan.builds.select_related("rendition__stimulus", "rendition__content")
    builds = {build.rendition.stimulus.name: build for build in rows.defer("report", "alignment")}
    split = plan.split or split_make(
        study=plan.study, builds=list(builds.values()), seed=plan.seed, shares=plan.shares
    )
    release = release_request(
        study=plan.study,
        recipe=plan.recipe,
        split=split,
        builds=builds,
        title=plan.title,
        layout=plan.layout,
    )
    return split, release


def _request_runs(plan: Plan) -> None:
    assert plan.release is not None
    asked = {(run.config, run.baseline, run.device) for run in plan.runs.all()}
    for wish in plan.baselines:
        config, device = wish["config"], wish.get("device", BaselineRun.Device.ANY)
        baseline = wish.get("baseline") or config
        if (config, baseline, device) not in asked:
            plan.runs.add(run_request(release=plan.release, config=config, baseline=baseline, device=device))


def _all_done(rows: QuerySet[Any], what: str) -> bool:
    """Whether every row is done; raises BadInput with the first reason when some have failed for good."""
    total = rows.count()
    over = rows.filter(state__in=[WorkState.FAILED, WorkState.CANCELLED]).order_by("pk")
    first = over.first()
    if first is not None:
        raise BadInput(f"{over.count()} of {total} {what} failed: {first}: {first.last_error}")
    return rows.filter(state=WorkState.DONE).count() == total


def _renew_builds(plan: Plan) -> None:
    before = set(plan.builds.values_list("pk", flat=True))
    builds = builds_request(study=plan.study, recipe=plan.recipe)
    if before and before != {build.pk for build in builds}:
        plan.builds.set(builds)
        plan.split = plan.release = None
        plan.save()


def _work_rows(plan: Plan) -> list[WorkRow]:
    releases = [plan.release] if plan.release else []
    evaluations = Evaluation.objects.filter(submission__run__plans=plan)
    return [*plan.builds.defer("report", "alignment"), *releases, *plan.runs.all(), *evaluations]


def _check_baselines(baselines: Any) -> None:
    described = isinstance(baselines, list) and all(
        isinstance(wish, dict) and wish.get("config") and set(wish) <= RUN_KEYS for wish in baselines
    )
    if not described:
        raise BadInput(
            f'baselines are a list of objects with "config" and, if wanted, {sorted(RUN_KEYS - {"config"})}'
        )
    names = [(wish["config"], wish.get("baseline"), wish.get("device")) for wish in baselines]
    if len(set(names)) != len(names):
        raise BadInput("a baseline is named twice with the same configuration and device: remove one")
