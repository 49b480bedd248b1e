"""Stimuli as a gallery, and one stimulus with what was recorded over it."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from collector.models import Rendition, Stimulus, Study
from collector.work import WorkState
from webapp import media
from webapp.datasets.models import Build
from webapp.pages.access import staff_only
from webapp.pages.selectors.clips import (
    builds_of_stimulus,
    cards,
    stimuli_listed,
    studies_showing,
    tracks_of_stimulus,
)
from webapp.pages.tables import table

PER_PAGE = 24
BUILDS_SHOWN = 20


@require_safe
@staff_only
def stimulus_list(request: HttpRequest) -> HttpResponse:
    """The gallery."""
    asked = {name: request.GET.get(name, "").strip() for name in ("search", "state", "study")}
    columns = {"name": "name", "added": "created_at", "state": "state"}
    listed = table(request, stimuli_listed(**asked), columns=columns, default="name", per_page=PER_PAGE)
    context = {
        "table": listed,
        "cards": cards(list(listed.page)),
        "asked": asked,
        "filtered": any(asked.values()),
        "states": WorkState.choices,
        "studies": Study.objects.values_list("slug", "title"),
    }
    return render(request, "pages/stimuli.html", context)


@require_safe
@staff_only
def stimulus_page(request: HttpRequest, name: str) -> HttpResponse:
    """The player with fixation points and heat over it, the facts, and the tracks with their verdicts."""
    stimulus = get_object_or_404(Stimulus, name=name)
    rendition = stimulus.rendition
    builds = list(builds_of_stimulus(stimulus)[:BUILDS_SHOWN])
    build = _chosen(builds, request.GET.get("build", ""))
    shown = build.rendition if build else rendition
    columns = {
        "observer": "trial__slot__assignment__observer__label",
        "grade": "grade",
        "samples": "samples",
        "recorded": "created_at",
    }
    tracks = table(
        request,
        tracks_of_stimulus(stimulus),
        columns=columns,
        default="-recorded",
        per_page=25,
        prefix="tracks",
    )
    context = {
        "stimulus": stimulus,
        "rendition": shown,
        "replay": _replay(shown, build) if shown else None,
        "build": build,
        "builds": builds,
        "tracks": tracks,
        "studies": studies_showing(stimulus),
    }
    return render(request, "pages/stimulus.html", context)


def _chosen(builds: list[Build], asked: str) -> Build | None:
    done = [build for build in builds if build.state == WorkState.DONE]
    return next((build for build in done if str(build.pk) == asked), done[0] if done else None)


def _replay(rendition: Rendition, build: Build | None) -> dict[str, object]:
    """What the player's script has to know; it travels as JSON, since no script may stand in a page."""
    return {
        "clip": reverse("pages:clip", args=[rendition.sha256]),
        "fps": [rendition.fps_num, rendition.fps_den],
        "frames": rendition.frames,
        "width": rendition.width,
        "height": rendition.height,
        "fixations": reverse("pages:fixations", args=[build.pk]) if build else None,
        "sigma_px": build.report["sigma_px"] if build else None,
    }


@require_safe
@staff_only
def clip(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """A rendition's file. Its address never changes, so that browsers keep what they fetched."""
    rendition = get_object_or_404(Rendition.objects.select_related("stimulus"), sha256=sha256)
    return media.serve(request, "media", rendition.sha256, f"{rendition.stimulus.name}.mp4", "video/mp4")


@require_safe
@staff_only
def fixations(request: HttpRequest, build_id: int) -> HttpResponseBase:
    """The fixation points of a finished build, as released."""
    build = get_object_or_404(Build.objects.exclude(fixations_sha256=""), pk=build_id)
    return media.serve(request, "products", build.fixations_sha256, "fixations.json", "application/json")
