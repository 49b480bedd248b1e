"""The observer's pages: an entry link that begins a visit, and one address that shows whatever step it is at."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language_from_request
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from collector import selectors, texts
from collector.errors import Refused
from collector.models import Assignment, Study
from collector.page_contents import check_parts, page_content, stepper
from collector.services import returning, visits
from collector.tokens import TokenRefused, is_simulation

Step = Assignment.Step


@require_GET
@never_cache
def entry(request: HttpRequest, slug: str) -> HttpResponse:
    """The study's link, with whatever the recruiter appended to it: begin or find the visit and go there."""
    study = get_object_or_404(Study, slug=slug)
    offered = study.version.document.languages if study.version else tuple(texts.LANGUAGES)
    language = _language(request, offered)
    try:
        _, token = visits.visit_start(
            study=study,
            recruiter_parameters=request.GET.dict(),
            language=language,
            simulated=is_simulation(request.GET.get("simulated", ""), study.slug),
        )
    except Refused as refusal:
        why = texts.catalogue(language)["closed"].get(refusal.code)
        context = {"study_title": study.title, "why": why}
        return _page(request, "closed", offered, context, status=refusal.status)
    except TokenRefused:
        return _page(request, "error", offered, {}, status=403)
    return _remembering(redirect(_visit_address(token, request)), language)


def _visit_address(token: str, request: HttpRequest) -> str:
    """The visit's page; the seed of a made-up person goes along, and is heeded where made-up people may come."""
    address = reverse("visit", args=[token])
    seed = request.GET.get("simulate")
    return f"{address}?{urlencode({'simulate': seed})}" if seed else address


@require_GET
@never_cache
def visit(request: HttpRequest, token: str) -> HttpResponse:
    """The step that a visit is at."""
    try:
        assignment = selectors.assignment_from_visit_token(token)
    except TokenRefused as refusal:
        status = 410 if refusal.code == "gone" else 403
        return _page(request, "error", tuple(texts.LANGUAGES), {}, status=status)
    assignment = returning.visit_return(assignment=assignment)
    document = assignment.version.document
    language = _language(request, document.languages)
    words = texts.catalogue(language)
    context = {
        "study_title": document.title,
        "stepper": stepper(assignment, words["common"]["steps"]),
        "may_withdraw": assignment.step in (*Assignment.ON_THE_WAY, Step.DONE),
        "may_leave": assignment.step in Assignment.ON_THE_WAY,
        # To change it loads the page again, which in the middle of the clips such a study takes for coming back.
        "language_is_fixed": assignment.step in (Step.PRACTICE, Step.WATCH)
        and document.resume.policy != "resume",
        "visit": _configuration(assignment, token, language),
        **page_content(assignment, language, words),
    }
    return _page(request, assignment.step, document.languages, context)


def _configuration(assignment: Assignment, token: str, language: str) -> dict[str, Any]:
    """What the page's scripts have to know; it travels as JSON, since no script may stand in a page."""
    document = assignment.version.document
    return {
        "key": str(assignment.pk),
        "token": token,
        "step": assignment.step,
        "simulated": assignment.observer.simulated or assignment.version.study.simulated,
        "language": language,
        "api": reverse("observer:api-root"),
        "check_clip": static("collector/check.mp4"),
        "check_clips": {size: static(f"collector/check_{size}.mp4") for size in ("720p", "1080p", "2160p")},
        "text_version": document.consent.version,
        "parts": check_parts(assignment),
        "study": {
            "min_window_width_px": document.min_window_width_px,
            "min_window_height_px": document.min_window_height_px,
            "fullscreen": document.fullscreen,
            "resume": document.resume.policy,
            "viewing": document.viewing.model_dump(mode="json"),
            "checks": document.checks.model_dump(mode="json"),
            "foveation": document.foveation.model_dump(mode="json"),
            "largest_picture": selectors.study_largest_picture(assignment.version),
        },
        "texts": texts.catalogue(language)["player"],
    }


def _language(request: HttpRequest, offered: tuple[str, ...]) -> str:
    """Chosen on the page, else remembered, else what the browser asks for."""
    return texts.choose(request.GET.get("lang") or get_language_from_request(request), offered)


def _remembering(response: HttpResponse, language: str) -> HttpResponse:
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", secure=settings.HTTPS)
    return response


def _page(
    request: HttpRequest, name: str, offered: tuple[str, ...], context: dict[str, Any], status: int = 200
) -> HttpResponse:
    language = _language(request, offered)
    context |= {
        "t": texts.catalogue(language),
        "language": language,
        "languages": [(code, texts.LANGUAGES[code]) for code in offered],
    }
    response = render(request, f"collector/{name}.html", context, status=status)
    return _remembering(response, language)
