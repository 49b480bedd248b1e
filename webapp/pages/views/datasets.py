"""Releases: the list, and the card of each."""

import datetime as dt

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from collector.work import WorkState
from webapp.baselines.selectors import runs_of
from webapp.datasets.models import Release
from webapp.datasets.selectors import releases_published
from webapp.leaderboard.selectors import board
from webapp.media import signed_url
from webapp.pages.access import Request, researchers_only
from webapp.pages.charts import content_scatter
from webapp.pages.selectors.cards import (
    observers_used,
    release_card,
    release_items,
    split_likeness,
    versions_used,
)
from webapp.pages.tables import table

DOWNLOAD_S = 7 * 24 * 3600  # large archives over slow lines take days; each page load gives a new address
ITEM_COLUMNS = {
    "name": lambda item: item.name,
    "part": lambda item: (item.part, item.name),
    "observers": lambda item: item.build.observers_used or 0,
    "frames": lambda item: item.build.report.get("frames", 0),
    "rate": lambda item: item.build.rendition.fps,
    "licence": lambda item: item.build.rendition.stimulus.licence,
}


def release_or_404(request: HttpRequest, study: str, number: int) -> Release:
    """The release of an address; staff also see those that are not finished."""
    rows = Release.objects.select_related("study", "recipe", "split")
    if not request.user.is_staff:
        rows = rows.filter(state=WorkState.DONE)
    return get_object_or_404(rows, study__slug=study, number=number)


@require_safe
@researchers_only
def dataset_list(request: HttpRequest) -> HttpResponse:
    """Finished releases; for staff, those on the way too."""
    rows = releases_published()
    if request.user.is_staff:
        rows = Release.objects.select_related("study", "recipe", "split")
    columns = {"title": "title", "version": "number", "finished": "finished_at", "size": "public_bytes"}
    rows = rows.annotate(clips=Count("items"))
    listed = table(request, rows, columns=columns | {"clips": "clips"}, default="-finished", per_page=25)
    return render(request, "pages/datasets.html", {"table": listed})


@require_safe
@researchers_only
def dataset_page(request: Request, study: str, number: int) -> HttpResponse:
    """The card of one release."""
    release = release_or_404(request, study, number)
    items = release_items(release)
    card = release_card(items)
    context = {
        "release": release,
        "card": card,
        "items": table(request, items, columns=ITEM_COLUMNS, default="name", per_page=25, prefix="clips"),
        "observers": observers_used(release),
        "versions": list(versions_used(release)),
        "scatter": content_scatter(card.points) if any(card.points.values()) else "",
        "likeness": split_likeness(release.split.report),
        "downloads": _downloads(request, release),
        "citation": _citation(request, release),
        "runs": runs_of(release)[:10],
        "board": board(release)[:3] if release.state == WorkState.DONE else [],
        "refresh_s": 2 if release.state in (WorkState.WAITING, WorkState.RUNNING) else None,
    }
    template = "pages/_release_progress.html" if request.htmx else "pages/dataset.html"
    return render(request, template, context)


def _downloads(request: HttpRequest, release: Release) -> list[dict[str, object]]:
    """The public archive for researchers; the truth of the private test for staff alone."""
    sides = [("public", release.public_sha256, release.public_bytes)]
    if request.user.is_staff:
        sides.append(("private", release.private_sha256, release.private_bytes))
    return [
        {
            "side": side,
            "filename": f"{release.slug}-{side}.zip",
            "url": request.build_absolute_uri(
                signed_url("releases", sha256, f"{release.slug}-{side}.zip", "application/zip", DOWNLOAD_S)
            ),
            "sha256": sha256,
            "bytes": size,
        }
        for side, sha256, size in sides
        if sha256
    ]


def _citation(request: HttpRequest, release: Release) -> str:
    made = release.finished_at or dt.datetime.now(dt.UTC)
    fields = {
        "title": f"{{{release.title}}}, version {release.number}",
        "year": str(made.year),
        "howpublished": f"\\url{{{request.build_absolute_uri(request.path)}}}",
        "note": f"SHA-256 {release.public_sha256}",
    }
    lines = [f"  {key:<12} = {{{value}}}," for key, value in fields.items()]
    return "\n".join([f"@misc{{{slugify(release.slug)},", *lines, "}"])
