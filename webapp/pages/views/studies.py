"""A study: is it healthy, and what can be done about it."""

import math
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from collector.models import Study
from collector.selectors import Coverage, study_coverage
from collector.services import studies as study_services
from processing.errors import BadInput
from webapp.datasets.models import Recipe
from webapp.datasets.selectors import build_counts, builds_of, releases_of
from webapp.datasets.services import builds_request
from webapp.pages.access import staff_only
from webapp.pages.charts import coverage_strip
from webapp.pages.selectors.health import study_lags, study_problems, study_tracks, study_visits
from webapp.pages.selectors.overviews import study_overviews
from webapp.pages.tables import table
from webapp.pages.views.exports import exports_context
from webapp.plans.models import OPEN_STATES, Plan
from webapp.plans.selectors import plan_steps, plans_of
from webapp.plans.services import plan_create, plan_start

PROBLEMS_SHOWN = 5
PLANS_SHOWN = 5
CLIP_COLUMNS: dict[str, Callable[[Coverage], object]] = {
    "name": lambda row: row.stimulus.name,
    "valid": lambda row: row.valid,
    "rejected": lambda row: row.rejected,
    "reserved": lambda row: row.reserved,
    "share": lambda row: row.share,
}


@require_safe
@staff_only
def study_list(request: HttpRequest) -> HttpResponse:
    """All studies."""
    columns = {"title": "title", "state": "state", "made": "created_at"}
    listed = table(request, Study.objects.all(), columns=columns, default="-made", per_page=25)
    context = {"table": listed, "overviews": study_overviews(list(listed.page))}
    return render(request, "pages/studies.html", context)


@require_safe
@staff_only
def study_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One study's health, coverage and progress."""
    study = get_object_or_404(Study, slug=slug)
    version = study.version
    coverage = study_coverage(version) if version else []
    plans = list(plans_of(study)[:PLANS_SHOWN])
    plan = next((plan for plan in plans if plan.state in OPEN_STATES), None)
    problems = study_problems(study)
    context = {
        "study": study,
        "version": version,
        "link": request.build_absolute_uri(reverse("study-entry", args=[study.slug])),
        "origin": request.build_absolute_uri("/").rstrip("/"),
        "coverage": coverage,
        "strip": coverage_strip(coverage),
        "valid": sum(min(row.valid, row.target) for row in coverage),
        "wanted": sum(row.target for row in coverage),
        "complete": sum(row.valid >= row.target for row in coverage),
        "clips": table(request, coverage, columns=CLIP_COLUMNS, default="name", per_page=25, prefix="clips"),
        "visits": study_visits(study),
        "tracks": study_tracks(study),
        "problems": problems[:PROBLEMS_SHOWN],
        "problem_count": problems.count(),
        "lags": study_lags(study),
        "builds": build_counts(builds_of(study)),
        "releases": releases_of(study)[:5],
        "recipes": Recipe.objects.all(),
        "plan": plan,
        "steps": plan_steps(plan) if plan else [],
        "plans": plans,
        "admin_path": settings.ADMIN_PATH,
        "exports_kept_days": math.ceil(settings.EXPORTS_KEPT_H / 24),
        **exports_context(study),
    }
    return render(request, "pages/study.html", context)


def _open(request: HttpRequest, study: Study) -> str:
    study_services.study_open(study=study)
    return "The study is open: whoever has its link may take part."


def _close(request: HttpRequest, study: Study) -> str:
    study_services.study_close(study=study)
    return "The study is closed to newcomers; those who are inside may finish."


def _build(request: HttpRequest, study: Study) -> str:
    builds = builds_request(study=study, recipe=_recipe(request))
    for build in builds:
        if build.state == "waiting":
            build.enqueue()
    return f"{len(builds)} builds asked for; those whose inputs have not changed are kept."


def _plan(request: HttpRequest, study: Study) -> str:
    start = request.POST.get("start", Plan.Start.TARGET)
    if start not in Plan.Start.values:
        raise BadInput("choose when the plan starts")
    plan_create(study=study, recipe=_recipe(request), start=start)
    return "The plan stands: it takes the study from builds to scores without a further click."


def _start(request: HttpRequest, study: Study) -> str:
    plan = plans_of(study).filter(state=Plan.State.WAITING).first()
    if plan is None:
        raise BadInput("there is no waiting plan: make one first, or look at the one that runs")
    plan_start(plan=plan)
    return "The plan has begun; its first step shows within a few seconds."


def _recipe(request: HttpRequest) -> Recipe:
    chosen = request.POST.get("recipe", "")
    recipe = Recipe.objects.filter(pk=chosen).first() if chosen.isdigit() else None
    if recipe is None:
        raise BadInput("choose a recipe")
    return recipe


ACTIONS: dict[str, Callable[[HttpRequest, Study], str]] = {
    "open": _open,
    "close": _close,
    "build": _build,
    "plan": _plan,
    "start": _start,
}


@require_POST
@staff_only
def study_action(request: HttpRequest, slug: str, action: str) -> HttpResponse:
    """Do what a button of the study's page says, and come back with what happened."""
    study = get_object_or_404(Study, slug=slug)
    try:
        messages.success(request, ACTIONS[action](request, study))
    except BadInput as refusal:
        messages.error(request, f"Nothing was changed: {refusal}.")
    return redirect("pages:study", slug=study.slug)
