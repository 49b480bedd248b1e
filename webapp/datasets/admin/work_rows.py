"""What every table of work rows has in common in the curator's admin."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html

from collector import work
from collector.admin.base import each
from collector.work import WorkRow, WorkState
from processing.errors import BadInput
from webapp import media

NOTHING = "–"
SHOWN_REASON = 120


class Frozen(admin.ModelAdmin):
    """Rows that are looked at and asked for, but never edited or deleted by hand."""

    list_per_page = 50

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class AskedFor(Frozen):
    """A table whose 'Add' button asks a service for a row, which a worker then fills."""

    ask_form: type[forms.ModelForm]

    def ask(self, request: HttpRequest, wish: dict[str, Any]) -> models.Model:
        """Call the service with the form's values; its BadInput becomes a message."""
        raise NotImplementedError

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        if obj is None:
            kwargs["form"] = self.ask_form
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return list(self.ask_form.base_fields) if obj is None else super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return [] if obj is None else super().get_readonly_fields(request, obj)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except BadInput as problem:
            self.message_user(request, str(problem), messages.ERROR)
            entered = {key: value for key, value in request.POST.items() if not key.startswith(("csrf", "_"))}
            return HttpResponseRedirect(f"{request.path}?{urlencode(entered)}")

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> models.Model:
        return self.ask(request, form.cleaned_data)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if isinstance(obj, WorkRow) and obj.state == WorkState.WAITING:
            obj.enqueue()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The service has written everything."""

    def each(self, request: HttpRequest, rows: Iterable[Any], act: Callable[[Any], Any], done: str) -> None:
        """Run `act` on every row, as `collector.admin.base.each` does."""
        each(self, request, rows, act, done)


class WorkRows(AskedFor):
    """A table of work rows, with their state, progress and reasons, and the buttons to retry and cancel."""

    actions = ["retry", "cancel"]

    @admin.display(description="state", ordering="state")
    def standing(self, row: WorkRow) -> str:
        if row.state == WorkState.RUNNING:
            return f"running, {row.progress_share:.0%}"
        return f"{row.get_state_display()}, attempt {row.attempt}" if row.attempt > 1 else row.state

    @admin.display(description="took")
    def took(self, row: WorkRow) -> str:
        if row.started_at is None or row.finished_at is None:
            return NOTHING
        return f"{(row.finished_at - row.started_at).total_seconds():.1f} s"

    @admin.display(description="reason", ordering="last_error")
    def reason(self, row: WorkRow) -> str:
        text = row.last_error
        return text if len(text) <= SHOWN_REASON else f"{text[:SHOWN_REASON]}…"

    @admin.action(description="Try again (failed or cancelled)", permissions=["change"])
    def retry(self, request: HttpRequest, rows: QuerySet) -> None:
        self.each(request, rows, work.put_back_in_line, "put back in line")

    @admin.action(description="Cancel (waiting or running)", permissions=["change"])
    def cancel(self, request: HttpRequest, rows: QuerySet) -> None:
        self.each(request, rows, work.cancel, "cancelled")


def as_document(field: str) -> Callable[[admin.ModelAdmin, models.Model], str]:
    """A method for a table's class that shows a JSON field as indented text."""

    @admin.display(description=field)
    def shown(table: admin.ModelAdmin, row: models.Model) -> str:
        text = json.dumps(getattr(row, field), indent=2, ensure_ascii=False)
        return format_html('<pre style="margin: 0; white-space: pre-wrap">{}</pre>', text)

    return shown


def file_link(alias: str, sha256: str, filename: str, content_type: str) -> str:
    """A link to a stored file, or a dash where there is none yet."""
    if not sha256:
        return NOTHING
    return format_html(
        '<a href="{}">{}</a>', media.signed_url(alias, sha256, filename, content_type), filename
    )
