"""Studies and their frozen versions."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from collector import selectors
from collector.admin.base import ReadOnly, each
from collector.forms import StudyVersionForm
from collector.models import (
    Study,
    StudyStimulus,
    StudyVersion,
)
from collector.recruiters import EXIT_REASONS, exit_code
from collector.services import studies


class StudyVersionInline(admin.TabularInline):
    model = StudyVersion
    readonly_fields = ["number", "document_sha256", "created_at"]
    fields = (*readonly_fields,)
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Study)
class StudyAdmin(admin.ModelAdmin):
    list_display = ["title", "slug", "state", "simulated", "observer_count", "coverage", "observer_link"]
    list_filter = ["state", "simulated"]
    search_fields = ["slug", "title"]
    readonly_fields = ["state", "observer_link", "exit_codes"]
    inlines = [StudyVersionInline]
    actions = ["open_study", "close_study"]
    list_per_page = 25

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(observer_total=Count("observers"))

    def get_readonly_fields(self, request: HttpRequest, obj: Study | None = None) -> list[str]:
        """The address stays: by it panel members are known again, and exit codes are made of it."""
        return [*self.readonly_fields, "slug"] if obj else self.readonly_fields

    @admin.display(description="observers", ordering="observer_total")
    def observer_count(self, study: Study) -> int:
        return study.observer_total  # type: ignore[attr-defined]

    @admin.display(description="coverage, valid of wanted")
    def coverage(self, study: Study) -> str:
        if study.version is None:
            return "no version yet"
        rows = selectors.study_coverage(study.version)
        return f"{sum(min(row.valid, row.target) for row in rows)} of {sum(row.target for row in rows)}"

    @admin.display(description="link for observers")
    def observer_link(self, study: Study) -> str:
        return format_html('<a href="/study/{0}/">/study/{0}/</a>', study.slug) if study.slug else "–"

    @admin.display(description="codes of visits that end early")
    def exit_codes(self, study: Study) -> str:
        """What the panel has to be told: one code for each reason, the same for everybody."""
        if not study.slug:
            return "–"
        codes = [(reason.replace("_", " "), exit_code(study.slug, reason)) for reason in EXIT_REASONS]
        return format_html_join("", "<div>{0}: <code>{1}</code></div>", codes)

    @admin.action(description="Open: let observers in")
    def open_study(self, request: HttpRequest, rows: QuerySet) -> None:
        each(self, request, rows, lambda row: studies.study_open(study=row), "opened")

    @admin.action(description="Close: let nobody new in")
    def close_study(self, request: HttpRequest, rows: QuerySet) -> None:
        each(self, request, rows, lambda row: studies.study_close(study=row), "closed")


class StudyStimulusInline(admin.TabularInline):
    model = StudyStimulus
    readonly_fields = ["stimulus", "practice"]
    fields = (*readonly_fields,)
    extra = 0
    can_delete = False


@admin.register(StudyVersion)
class StudyVersionAdmin(ReadOnly):
    list_display = ["study", "number", "document_sha256", "created_at"]
    list_filter = ["study"]
    list_select_related = ["study"]
    readonly_fields = ["study", "number", "document_sha256", "frozen_document", "created_at"]
    form = StudyVersionForm

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return request.user.has_perm("collector.add_studyversion")

    def get_fieldsets(self, request: HttpRequest, obj: StudyVersion | None = None) -> list:
        names = self.readonly_fields if obj else ["study", "shown", "practice", "document_json"]
        return [(None, {"fields": names})]

    def get_readonly_fields(self, request: HttpRequest, obj: StudyVersion | None = None) -> list[str]:
        return self.readonly_fields if obj else []

    def get_inlines(self, request: HttpRequest, obj: StudyVersion | None = None) -> list:
        return [StudyStimulusInline] if obj else []

    def save_form(self, request: HttpRequest, form: StudyVersionForm, change: bool) -> StudyVersion:
        return form.freeze()

    def save_model(self, request: HttpRequest, obj: StudyVersion, form: object, change: bool) -> None:
        """Frozen already: a version is written whole by its service."""

    def save_related(self, request: HttpRequest, form: object, formsets: object, change: bool) -> None:
        """Its stimuli too."""
