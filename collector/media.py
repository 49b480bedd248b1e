"""What capture itself hands out behind a signed link: the tones of a sound check."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from collector.selectors import sound_check_from_token
from collector.services.sound import sound_of
from collector.tokens import TokenRefused


@require_safe
@never_cache
def tones(request: HttpRequest, token: str) -> HttpResponse:
    """The tones as a WAV file; 401 for a forged or old link, 410 when the visit is gone."""
    try:
        check = sound_check_from_token(token)
    except TokenRefused as refused:
        status = 410 if refused.code == "gone" else 401
        return JsonResponse({"code": refused.code, "message": str(refused)}, status=status)
    return HttpResponse(sound_of(check), content_type="audio/wav")
