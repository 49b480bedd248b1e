"""A baseline's training run: how far, how well, and what it said; and the form that starts one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from collector.work import WorkState
from processing.errors import BadInput
from webapp.baselines.forms import RunForm
from webapp.baselines.models import BaselineRun
from webapp.baselines.presets import presets
from webapp.baselines.services import run_request
from webapp.leaderboard.models import Evaluation, Submission
from webapp.media import signed_url
from webapp.pages.access import Request, researchers_only, staff_only
from webapp.pages.charts import loss_curve, score_curve

SCORE_NAMES = {"cc": "CC ↑", "sim": "SIM ↑", "nss": "NSS ↑", "kld": "KLD ↓"}


@require_safe
@researchers_only
def run_page(request: Request, run_id: int) -> HttpResponse:
    """The page; htmx asks for its progress, curves, samples and log alone while it runs."""
    run = get_object_or_404(BaselineRun.objects.select_related("release__study", "submission"), pk=run_id)
    open_run = run.state in (WorkState.WAITING, WorkState.RUNNING)
    context = {
        "run": run,
        "curve": loss_curve(run.curve) if len(run.curve) > 1 else "",
        "validation": _validation(run),
        "samples": _samples(run),
        "log_url": _download(run.log_sha256, f"run-{run.pk}.log", "text/plain"),
        "weights_url": _download(run.weights_sha256, run.weights_name),
        "evaluation": _evaluation(request, run),
        "figures": run.parameters is not None or run.ms_per_frame is not None,
        "refresh_s": 2 if open_run else None,
    }
    return render(request, "pages/_run_progress.html" if request.htmx else "pages/run.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def run_new(request: HttpRequest) -> HttpResponse:
    """Choose a dataset, a preset, a device; the run's page follows."""
    form = RunForm(request.POST or None, initial={"release": request.GET.get("release")})
    if request.method == "POST" and form.is_valid():
        try:
            run = run_request(**form.cleaned_data)
        except BadInput as refusal:
            messages.error(request, f"Nothing was started: {refusal}.")
        else:
            run.enqueue()
            return redirect("pages:run", run_id=run.pk)
    choices = list(zip(presets(), form["config"], strict=True))
    return render(request, "pages/run_new.html", {"form": form, "choices": choices})


def _evaluation(request: Request, run: BaselineRun) -> Evaluation | None:
    """That of its predictions, where the reader may open it: scores on the private test are for staff."""
    submission = run.submission
    if submission is None or not (
        request.user.is_staff or submission.subset == Submission.Subset.PUBLIC_TEST
    ):
        return None
    return submission.evaluations.first()


def _validation(run: BaselineRun) -> dict[str, Any]:
    """Scores on clips held back from training: rows with a cell a metric, a curve a metric, and the best row."""
    rows = run.validation
    names = [name for name in SCORE_NAMES if any(row.get(name) is not None for row in rows)]
    return {
        "names": [SCORE_NAMES[name] for name in names],
        "rows": [(row["step"], [row.get(name) for name in names]) for row in rows],
        "curves": [
            (
                SCORE_NAMES[name],
                score_curve(SCORE_NAMES[name], [(row["step"], row.get(name)) for row in rows]),
            )
            for name in (names if len(rows) > 1 else ())
        ],
        "best": max((row["step"] for row in rows if row["best"]), default=None),
    }


def _samples(run: BaselineRun) -> list[dict[str, Any]]:
    """The last strips, newest first."""
    return [
        {**sample, "url": _download(sample["sha256"], f"step-{sample['step']}.png", "image/png")}
        for sample in reversed(run.samples)
    ]


def _download(sha256: str, filename: str, content_type: str = "application/octet-stream") -> str:
    return signed_url("products", sha256, filename, content_type) if sha256 else ""
