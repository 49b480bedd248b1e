"""The buttons beside failed and running work."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from collector import work
from webapp.pages.access import staff_only
from webapp.pages.work import KINDS


@require_POST
@staff_only
def work_action(request: HttpRequest, kind: str, pk: str, action: str) -> HttpResponse:
    """Put one row back in line, or stop it; back to the page that asked."""
    try:
        row = get_object_or_404(KINDS[kind], pk=pk)
    except (ValueError, ValidationError) as error:
        raise Http404("no such work") from error
    if action == "retry":
        if work.put_back_in_line(row):
            messages.success(request, f"{row}: in line again.")
        else:
            messages.info(request, f"{row}: nothing to retry, it is {row.state}.")
    elif work.cancel(row):
        messages.success(request, f"{row}: cancelled. Its worker notices at its next step.")
    else:
        messages.info(request, f"{row}: nothing to cancel, it is {row.state}.")
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if ours else "/"
