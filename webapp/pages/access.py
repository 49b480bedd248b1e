"""Who may see which page: staff see all, researchers see what was released, strangers see the front door."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

View = Callable[..., HttpResponseBase]

researchers_only = login_required


class Request(HttpRequest):
    """A request as the middleware hands it on."""

    htmx: HtmxDetails


def staff_only(view: View) -> View:
    """Strangers are sent to log in; researchers, for whom logging in again would change nothing, are told no."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_staff:
            raise PermissionDenied("this page is for the people who run the studies")
        return view(request, *args, **kwargs)

    return guarded
