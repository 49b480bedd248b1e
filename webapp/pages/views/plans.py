"""A plan's progress: one line of steps from observers to scores."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from processing.errors import BadInput
from webapp.pages.access import Request, staff_only
from webapp.plans.models import Plan
from webapp.plans.selectors import plan_steps
from webapp.plans.services import plan_cancel, plan_retry, plan_start

# A stopped plan goes on by itself once what it names is mended.
REFRESH_S = {Plan.State.RUNNING: 2, Plan.State.WAITING: 10, Plan.State.STOPPED: 10}


@require_safe
@staff_only
def plan_page(request: Request, plan_id: int) -> HttpResponse:
    """The page; htmx asks for its steps alone, again and again while something runs."""
    plan = get_object_or_404(
        Plan.objects.select_related("study", "recipe", "split", "release__study"), pk=plan_id
    )
    context = {"plan": plan, "steps": plan_steps(plan), "refresh_s": REFRESH_S.get(Plan.State(plan.state))}
    template = "pages/_plan_steps.html" if request.htmx else "pages/plan.html"
    return render(request, template, context)


def _start(plan: Plan) -> str:
    plan_start(plan=plan)
    return "The plan has begun."


def _cancel(plan: Plan) -> str:
    plan_cancel(plan=plan)
    return "The plan is cancelled, and with it what it had asked for and nobody had finished."


def _retry(plan: Plan) -> str:
    plan_retry(plan=plan)
    return "What had failed is in line again."


ACTIONS: dict[str, Callable[[Plan], str]] = {"start": _start, "cancel": _cancel, "retry": _retry}


@require_POST
@staff_only
def plan_action(request: HttpRequest, plan_id: int, action: str) -> HttpResponse:
    """Start, cancel or retry."""
    plan = get_object_or_404(Plan, pk=plan_id)
    try:
        messages.success(request, ACTIONS[action](plan))
    except BadInput as refusal:
        messages.error(request, f"Nothing was changed: {refusal}.")
    return redirect("pages:plan", plan_id=plan.pk)
