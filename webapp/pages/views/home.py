"""The front door."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from collector.models import Study
from webapp.datasets.selectors import releases_published
from webapp.pages.selectors.overviews import study_overviews
from webapp.plans.selectors import plans_open

NEWEST = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Cursal is; below it, what the one who asks works with."""
    context: dict[str, Any] = {}
    if request.user.is_authenticated:
        context["releases"] = releases_published()[:NEWEST]
    if request.user.is_staff:
        context["overviews"] = study_overviews(list(Study.objects.order_by("-pk")[:NEWEST]))
        context["plans"] = plans_open().order_by("-pk")[:NEWEST]
    return render(request, "pages/home.html", context)
