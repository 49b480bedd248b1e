"""What the tables share: records that are only looked at, and actions over many rows."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
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
    admin_class: admin.ModelAdmin, request: HttpRequest, rows: QuerySet, act: Callable, done: str
) -> None:
    """Run `act` on every row; refusals become messages, the others go on."""
    worked = 0
    for row in rows:
        try:
            act(row)
        except (BadInput, Refused) as error:
            admin_class.message_user(request, f"{row}: {error}", messages.ERROR)
        else:
            worked += 1
    if worked:
        admin_class.message_user(request, f"{worked} {done}", messages.SUCCESS)
