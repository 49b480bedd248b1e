"""Builds in the curator's admin."""

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from collector.models import Study
from webapp.datasets import selectors
from webapp.datasets.admin.work_rows import NOTHING, WorkRows, as_document, file_link
from webapp.datasets.models import Build
from webapp.datasets.services import build_request, builds_request


class BuildForm(forms.ModelForm):
    """Asks for the builds of a whole study."""

    class Meta:
        model = Build
        fields = ["study", "recipe"]


@admin.register(Build)
class BuildAdmin(WorkRows):
    ask_form = BuildForm
    list_display = [
        "id",
        "clip",
        "standing",
        "current",
        "observers",
        "reason",
        "took",
        "recipe",
        "study",
    ]
    list_filter = ["state", "study", "recipe", "simulated"]
    list_select_related = ["rendition__stimulus", "study", "recipe"]
    search_fields = ["rendition__stimulus__name", "study__slug", "last_error"]
    actions = ["retry", "cancel", "renew"]
    fields = readonly_fields = (
        "study",
        "clip",
        "rendition",
        "recipe",
        "state",
        "attempt",
        "last_error",
        "observers_used",
        "simulated",
        "map_video",
        "fixations",
        "report_text",
        "alignment_text",
        "tracks_digest",
        "created_at",
        "started_at",
        "finished_at",
    )

    report_text = as_document("report")
    alignment_text = as_document("alignment")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(track_total=Count("tracks"))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Look for stale builds once a study on the page, not once a row."""
        listed = super().get_changelist_instance(request)
        rows = sorted(listed.result_list, key=lambda build: build.study_id)
        for _, own in groupby(rows, key=lambda build: build.study_id):
            builds = list(own)
            stale = selectors.stale_builds(builds[0].study, builds)
            for build in builds:
                build.is_current = build.pk not in stale
        return listed

    def ask(self, request: HttpRequest, wish: dict[str, Any]) -> Build:
        builds = builds_request(study=wish["study"], recipe=wish["recipe"])
        for build in builds:
            build.enqueue()
        self.message_user(request, f"{len(builds)} builds are asked for", messages.SUCCESS)
        return builds[0]

    @admin.action(description="Build these clips from today's tracks", permissions=["change"])
    def renew(self, request: HttpRequest, rows: QuerySet) -> None:
        asked: dict[int, Build] = {}
        for study in Study.objects.filter(builds__in=rows).distinct():
            tracks = selectors.tracks_that_count(study)
            newest = {rendition.stimulus_id: rendition for rendition in selectors.newest_renditions(study)}
            for build in rows.filter(study=study):
                rendition = newest.get(build.rendition.stimulus_id)
                if rendition and tracks.get(rendition.pk):
                    renewed = build_request(
                        study=study, rendition=rendition, recipe=build.recipe, tracks=tracks[rendition.pk]
                    )
                    renewed.enqueue()
                    asked[renewed.pk] = renewed
        self.message_user(request, f"{len(asked)} builds from today's tracks are asked for")

    @admin.display(ordering="rendition__stimulus__name")
    def clip(self, build: Build) -> str:
        return build.rendition.stimulus.name

    @admin.display(description="observers used", ordering="observers_used")
    def observers(self, build: Build) -> str:
        total = build.track_total  # type: ignore[attr-defined]
        return f"{NOTHING if build.observers_used is None else build.observers_used} of {total}"

    @admin.display(boolean=True, description="up to date")
    def current(self, build: Build) -> bool:
        return build.is_current  # type: ignore[attr-defined]

    @admin.display
    def map_video(self, build: Build) -> str:
        return file_link("products", build.saliency_sha256, f"{self.clip(build)}-saliency.mp4", "video/mp4")

    @admin.display
    def fixations(self, build: Build) -> str:
        return file_link(
            "products", build.fixations_sha256, f"{self.clip(build)}-fixations.json", "application/json"
        )
