"""Releases in the curator's admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from webapp.datasets.admin.work_rows import WorkRows, as_document, file_link
from webapp.datasets.models import Release, ReleaseItem, Split
from webapp.datasets.services import release_request


class ReleaseForm(forms.ModelForm):
    """Asks for the next release of a study, from the finished builds of today's tracks."""

    split = forms.ModelChoiceField(Split.objects, required=False, help_text="Empty: a new one, with the seed")
    seed = forms.IntegerField(min_value=0, initial=1)
    title = forms.CharField(max_length=200, required=False, help_text="Empty: the study's")

    class Meta:
        model = Release
        fields = ["study", "recipe", "layout", "split", "title", "description"]


class ReleaseItemInline(admin.TabularInline):
    model = ReleaseItem
    fields = readonly_fields = ("name", "part", "build")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Release)
class ReleaseAdmin(WorkRows):
    ask_form = ReleaseForm
    inlines = [ReleaseItemInline]
    list_display = [
        "title",
        "number",
        "study",
        "recipe",
        "standing",
        "clips",
        "size",
        "simulated",
        "took",
        "reason",
    ]
    list_filter = ["state", "study", "layout", "simulated"]
    list_select_related = ["study", "recipe"]
    search_fields = ["title", "study__slug", "public_sha256", "last_error"]
    fields = readonly_fields = (
        "study",
        "number",
        "title",
        "description",
        "layout",
        "recipe",
        "split",
        "state",
        "attempt",
        "last_error",
        "simulated",
        "public_archive",
        "private_archive",
        "summary_text",
        "created_at",
        "started_at",
        "finished_at",
    )

    summary_text = as_document("summary")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(item_total=Count("items"))

    def get_inlines(self, request: HttpRequest, obj: Release | None = None) -> list[Any]:
        return self.inlines if obj else []

    def ask(self, request: HttpRequest, wish: dict[str, Any]) -> Release:
        return release_request(**wish)

    @admin.display(ordering="item_total")
    def clips(self, release: Release) -> int:
        return release.item_total  # type: ignore[attr-defined]

    @admin.display(description="public, MiB", ordering="public_bytes")
    def size(self, release: Release) -> str:
        return f"{release.public_bytes / 2**20:.1f}" if release.public_bytes else "–"

    @admin.display
    def public_archive(self, release: Release) -> str:
        return file_link("releases", release.public_sha256, f"{release.slug}.zip", "application/zip")

    @admin.display(description="private truth (for scorers only)")
    def private_archive(self, release: Release) -> str:
        return file_link("releases", release.private_sha256, f"{release.slug}-private.zip", "application/zip")
