"""A study's raw tracks as tables for a download: asked for here, written by a worker."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from collector.models import Study, TrackExport
from collector.services.exports import ALIAS, UNDER_WAY, export_request
from collector.work import WorkState
from processing.errors import BadInput
from webapp.media import signed_url
from webapp.pages.access import staff_only

SHOWN = 5
DOWNLOAD_S = 24 * 3600  # each load of the page gives a new address
REFRESH_S = 2


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def study_exports(request: HttpRequest, slug: str) -> HttpResponse:
    """POST asks for an export and goes back to the study; GET is the moving part of its page."""
    study = get_object_or_404(Study, slug=slug)
    if request.method != "POST":
        return render(request, "pages/_exports.html", exports_context(study))
    try:
        export = export_request(
            study=study,
            kind=request.POST.get("kind", ""),
            practice=bool(request.POST.get("practice")),
            asked_by=request.user.get_username(),
        )
    except BadInput as refusal:
        messages.error(request, f"Nothing was changed: {refusal}.")
    else:
        if export.state == WorkState.WAITING:
            export.enqueue()
        messages.success(request, "The export is on its way; its link appears on this page.")
    return redirect("pages:study", slug=study.slug)


def exports_context(study: Study) -> dict[str, Any]:
    """The newest exports of a study, those that can be had with their links."""
    exports = list(TrackExport.objects.filter(study=study).select_related("study")[:SHOWN])
    return {
        "study": study,
        "exports": [(export, _link(export)) for export in exports],
        "export_kinds": TrackExport.Kind.choices,
        "exports_refresh_s": REFRESH_S if any(export.state in UNDER_WAY for export in exports) else None,
    }


def _link(export: TrackExport) -> str:
    if export.state != WorkState.DONE or export.dropped_at:
        return ""
    return signed_url(ALIAS, export.sha256, export.filename, "application/zip", DOWNLOAD_S)
