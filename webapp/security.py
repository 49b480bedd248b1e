"""What the browser is told not to do with our pages."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PERMISSIONS = (
    "fullscreen=(self), autoplay=(self), camera=(), microphone=(), geolocation=(), payment=(), usb=()"
)


def content_security_policy(media_origins: list[str]) -> str:
    """Everything from our own origin; clips and pictures also from the storage's, and from memory once fetched.

    Styles may stand in the page: charts are drawn as SVG with a style element of their own. Scripts may not.
    """
    elsewhere = "".join(f" {origin}" for origin in media_origins)
    return "; ".join(
        [
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob:{elsewhere}",
            f"media-src 'self' blob:{elsewhere}",
            f"connect-src 'self'{elsewhere}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


class BrowserPolicyMiddleware:
    """Adds the policy headers that Django has no setting for; a view may set its own instead."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = content_security_policy(settings.MEDIA_ORIGINS)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
