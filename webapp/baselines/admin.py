"""The curator's table of training runs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from webapp.baselines.forms import RunForm
from webapp.baselines.models import BaselineRun
from webapp.baselines.services import run_request
from webapp.datasets.admin.work_rows import WorkRows, as_document, file_link


@admin.register(BaselineRun)
class BaselineRunAdmin(WorkRows):
    ask_form = RunForm
    list_display = [
        "id",
        "baseline",
        "config",
        "release",
        "device",
        "standing",
        "phase",
        "loss",
        "waiting_for",
        "exit_status",
        "took",
        "reason",
    ]
    list_filter = ["state", "phase", "device", "baseline", "release"]
    list_select_related = ["release"]
    search_fields = ["baseline", "config", "release__title", "last_error"]
    actions = ["retry", "cancel", "run_again"]
    fields = readonly_fields = (
        "release",
        "baseline",
        "config",
        "subset",
        "device",
        "state",
        "phase",
        "place",
        "attempt",
        "waiting_for",
        "last_error",
        "progress_done",
        "progress_total",
        "loss",
        "parameters",
        "gflop_per_frame",
        "ms_per_frame",
        "memory_mb",
        "kept_at",
        "kept_bytes",
        "exit_status",
        "submission",
        "log",
        "last_lines",
        "weights",
        "facts_text",
        "created_at",
        "started_at",
        "heartbeat_at",
        "finished_at",
    )

    facts_text = as_document("facts")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("curve", "validation", "samples")

    def view_on_site(self, run: BaselineRun) -> str:
        return reverse("pages:run", args=[run.pk])

    def ask(self, request: HttpRequest, wish: dict[str, Any]) -> BaselineRun:
        return run_request(**wish)

    @admin.action(
        description="Resume, from the last checkpoint (failed or cancelled)", permissions=["change"]
    )
    def retry(self, request: HttpRequest, rows: QuerySet) -> None:
        super().retry(request, rows)

    @admin.action(description="Run the same once more", permissions=["change"])
    def run_again(self, request: HttpRequest, rows: QuerySet) -> None:
        def again(run: BaselineRun) -> None:
            run_request(
                release=run.release,
                config=run.config,
                baseline=run.baseline,
                device=run.device,
                subset=run.subset,
            ).enqueue()

        self.each(request, rows, again, "runs asked for")

    @admin.display
    def log(self, run: BaselineRun) -> str:
        return file_link("products", run.log_sha256, f"{run.baseline}-{run.pk}.log.txt", "text/plain")

    @admin.display(description="last lines of the log")
    def last_lines(self, run: BaselineRun) -> str:
        return format_html('<pre style="margin: 0; white-space: pre-wrap">{}</pre>', run.log_tail)

    @admin.display
    def weights(self, run: BaselineRun) -> str:
        return file_link("products", run.weights_sha256, run.weights_name, "application/octet-stream")
