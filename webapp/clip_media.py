"""A clip of a visit, for the page that was given a link to it."""

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from collector.selectors import clip_from_token
from collector.tokens import TokenRefused
from webapp.media import serve


@require_safe
def clip(request: HttpRequest, token: str) -> HttpResponseBase:
    """Serve the file that the link names; 401 for a forged or old link, 410 for a visit that is over."""
    try:
        sha256 = clip_from_token(token)
    except TokenRefused as refused:
        status = 410 if refused.code == "gone" else 401
        return JsonResponse({"code": refused.code, "message": str(refused)}, status=status)
    return serve(request, "media", sha256, "clip.mp4", "video/mp4")
