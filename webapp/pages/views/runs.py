"""A baseline's training run: how far, how well, and what it said."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from collector.work import WorkState
from webapp.baselines.models import BaselineRun
from webapp.media import signed_url
from webapp.pages.access import Request, researchers_only
from webapp.pages.charts import loss_curve


@require_safe
@researchers_only
def run_page(request: Request, run_id: int) -> HttpResponse:
    """The page; htmx asks for its progress, curve and log alone while it runs."""
    run = get_object_or_404(BaselineRun.objects.select_related("release__study", "submission"), pk=run_id)
    open_run = run.state in (WorkState.WAITING, WorkState.RUNNING)
    context = {
        "run": run,
        "curve": loss_curve(run.curve) if len(run.curve) > 1 else "",
        "log_url": _download(run.log_sha256, f"run-{run.pk}.log", "text/plain"),
        "weights_url": _download(run.weights_sha256, f"{run.config}-run-{run.pk}.safetensors"),
        "evaluation": run.submission.evaluations.first() if run.submission else None,
        "refresh_s": 2 if open_run else None,
    }
    return render(request, "pages/_run_progress.html" if request.htmx else "pages/run.html", context)


def _download(sha256: str, filename: str, content_type: str = "application/octet-stream") -> str:
    return signed_url("products", sha256, filename, content_type) if sha256 else ""
