"""The curator's table of plans."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from webapp.datasets.admin.work_rows import SHOWN_REASON, AskedFor
from webapp.plans.models import Plan
from webapp.plans.selectors import plan_steps
from webapp.plans.services import plan_cancel, plan_create, plan_retry, plan_start


class PlanForm(forms.ModelForm):
    """Names a plan for a study."""

    class Meta:
        model = Plan
        fields = ["study", "recipe", "start", "title", "seed", "shares", "layout", "baselines"]


@admin.register(Plan)
class PlanAdmin(AskedFor):
    ask_form = PlanForm
    list_display = ["id", "study", "recipe", "start", "state", "what_stopped_it", "started_at", "finished_at"]
    list_filter = ["state", "start", "study"]
    list_select_related = ["study", "recipe"]
    search_fields = ["study__slug", "study__title", "problem"]
    actions = ["start_now", "go_on", "cancel"]
    fields = readonly_fields = (
        "study",
        "state",
        "problem",
        "steps",
        "recipe",
        "start",
        "title",
        "seed",
        "shares",
        "layout",
        "baselines",
        "split",
        "release",
        "created_at",
        "started_at",
        "finished_at",
    )

    def ask(self, request: HttpRequest, wish: dict[str, Any]) -> Plan:
        return plan_create(**wish)

    @admin.action(description="Start now, however many observers there are", permissions=["change"])
    def start_now(self, request: HttpRequest, rows: QuerySet) -> None:
        self.each(request, rows, lambda plan: plan_start(plan=plan), "started")

    @admin.action(description="Go on after a problem", permissions=["change"])
    def go_on(self, request: HttpRequest, rows: QuerySet) -> None:
        self.each(request, rows, lambda plan: plan_retry(plan=plan), "go on")

    @admin.action(description="Cancel, with the work that it asked for", permissions=["change"])
    def cancel(self, request: HttpRequest, rows: QuerySet) -> None:
        self.each(request, rows, lambda plan: plan_cancel(plan=plan), "cancelled")

    @admin.display(description="problem")
    def what_stopped_it(self, plan: Plan) -> str:
        return plan.problem[:SHOWN_REASON]

    @admin.display
    def steps(self, plan: Plan) -> str:
        rows = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{} of {} {}</td><td>{}</td><td>{}</td></tr>",
            (
                (
                    step.title,
                    step.state,
                    step.done,
                    step.total,
                    step.unit,
                    "" if step.seconds is None else f"{step.seconds:.0f} s",
                    step.problem or step.note,
                )
                for step in plan_steps(plan)
            ),
        )
        return format_html("<table>{}</table>", rows)
