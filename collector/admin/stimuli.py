"""Stimuli and their renditions."""

from django.contrib import admin
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest

from collector import work
from collector.admin.base import each
from collector.models import (
    Rendition,
    Stimulus,
)
from collector.services import stimuli


class RenditionInline(admin.TabularInline):
    model = Rendition
    fk_name = "stimulus"
    readonly_fields = [
        "tier",
        "sha256",
        "width",
        "height",
        "fps",
        "frames",
        "has_audio",
        "bytes",
        "created_at",
    ]
    fields = (*readonly_fields,)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Stimulus)
class StimulusAdmin(admin.ModelAdmin):
    list_display = [
        "name",
        "state",
        "size",
        "views",
        "fps",
        "frames",
        "licence",
        "valid_tracks",
        "open",
        "last_error",
    ]
    list_filter = ["state", "licence", "synthetic"]
    search_fields = ["name", "title", "attribution"]
    readonly_fields = [
        "state",
        "attempt",
        "last_error",
        "original_sha256",
        "original_name",
        "original_bytes",
        "preparation",
        "synthetic",
        "started_at",
        "finished_at",
    ]
    fields = [
        "name",
        "title",
        ("licence", "attribution"),
        "source_url",
        "closed_reason",
        *readonly_fields,
    ]
    inlines = [RenditionInline]
    actions = ["close", "reopen", "prepare_again", "make_views"]
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        counted = Count("slots__trials__track", filter=Q(slots__practice=False))
        renditions = Prefetch("renditions", Rendition.objects.order_by("pk"))
        return super().get_queryset(request).annotate(track_count=counted).prefetch_related(renditions)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # `manage.py import_stimuli FOLDER` brings videos in

    @staticmethod
    def _newest(stimulus: Stimulus) -> Rendition | None:
        references = [one for one in stimulus.renditions.all() if one.tier == Rendition.Tier.FULL]
        return references[-1] if references else None

    @admin.display(description="size, px")
    def size(self, stimulus: Stimulus) -> str:
        rendition = self._newest(stimulus)
        return f"{rendition.width}×{rendition.height}" if rendition else "–"

    @admin.display(description="views")
    def views(self, stimulus: Stimulus) -> str:
        newest = self._newest(stimulus)
        return ", ".join(one.tier for one in stimulus.renditions.all() if newest and one.reference == newest)

    @admin.display(description="fps")
    def fps(self, stimulus: Stimulus) -> str:
        rendition = self._newest(stimulus)
        return str(rendition.fps) if rendition else "–"

    @admin.display(description="frames")
    def frames(self, stimulus: Stimulus) -> str:
        rendition = self._newest(stimulus)
        return str(rendition.frames) if rendition else "–"

    @admin.display(description="tracks", ordering="track_count")
    def valid_tracks(self, stimulus: Stimulus) -> int:
        return stimulus.track_count  # type: ignore[attr-defined]

    @admin.display(boolean=True, description="shown")
    def open(self, stimulus: Stimulus) -> bool:
        return not stimulus.closed_reason

    @admin.action(description="Show to nobody from now on")
    def close(self, request: HttpRequest, rows: QuerySet) -> None:
        reason = f"closed by {request.user}"
        each(self, request, rows, lambda row: stimuli.stimulus_close(stimulus=row, reason=reason), "closed")

    @admin.action(description="Show again")
    def reopen(self, request: HttpRequest, rows: QuerySet) -> None:
        each(self, request, rows, lambda row: stimuli.stimulus_reopen(stimulus=row), "reopened")

    @admin.action(description="Prepare again (failed ones)")
    def prepare_again(self, request: HttpRequest, rows: QuerySet) -> None:
        retried = [row for row in rows if work.put_back_in_line(row)]
        self.message_user(request, f"{len(retried)} put back in line")

    @admin.action(description="Make the smaller views that are missing")
    def make_views(self, request: HttpRequest, rows: QuerySet) -> None:
        asked = [row for row in rows if stimuli.stimulus_ask_for_views(stimulus=row)]
        for row in asked:
            row.enqueue()
        self.message_user(request, f"{len(asked)} in line: what a clip has already is not made again")
