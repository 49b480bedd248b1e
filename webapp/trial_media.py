"""The clip of one trial, for the page that holds the trial's token."""

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from collector.selectors import trial_from_token
from collector.tokens import TokenRefused
from webapp.media import serve


@require_safe
def trial_media(request: HttpRequest, token: str) -> HttpResponseBase:
    """Serve the rendition that the trial shows; 401 for a forged or old token, 410 for a removed trial."""
    try:
        trial = trial_from_token(token)
    except TokenRefused as refused:
        status = 410 if refused.code == "gone" else 401
        return JsonResponse({"code": refused.code, "message": str(refused)}, status=status)
    return serve(request, "media", trial.rendition.sha256, "clip.mp4", "video/mp4")
