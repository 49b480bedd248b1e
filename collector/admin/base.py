"""What the tables share: records that are only looked at, and actions over many rows."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from collector.errors import Refused
from processing.errors import BadInput


class ReadOnly(admin.ModelAdmin):
    """Records of what happened are looked at, never edited by hand."""

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


def each(
    table: admin.ModelAdmin, request: HttpRequest, rows: Iterable[Any], act: Callable[[Any], Any], done: str
) -> None:
    """Run `act` on every row; a refusal becomes a message, False counts for nothing, and the others go on."""
    worked = 0
    for row in rows:
        try:
            worked += act(row) is not False
        except (BadInput, Refused) as error:
            table.message_user(request, f"{row}: {error}", messages.ERROR)
    table.message_user(request, f"{worked} {done}", messages.SUCCESS if worked else messages.WARNING)
