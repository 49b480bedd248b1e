"""Observers, their visits, checks and reports."""

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from collector.admin.base import ReadOnly
from collector.models import (
    Assignment,
    Check,
    Observer,
    ProblemReport,
    Slot,
    SoundCheck,
    Trial,
)


class AssignmentInline(admin.TabularInline):
    model = Assignment
    readonly_fields = ["step", "version", "language", "consented_at", "completed_at"]
    fields = (*readonly_fields,)
    extra = 0
    can_delete = False
    show_change_link = True


@admin.register(Observer)
class ObserverAdmin(ReadOnly):
    list_display = ["label", "study", "simulated", "step", "trials_finished", "created_at"]
    list_filter = ["study", "simulated", "assignments__step"]
    list_select_related = ["study"]
    search_fields = ["label"]
    inlines = [AssignmentInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        finished = Count(
            "assignments__slots__trials", filter=Q(assignments__slots__trials__phase=Trial.Phase.FINISHED)
        )
        return super().get_queryset(request).annotate(finished=finished).prefetch_related("assignments")

    @admin.display(description="at step")
    def step(self, observer: Observer) -> str:
        return ", ".join(assignment.get_step_display() for assignment in observer.assignments.all())

    @admin.display(description="trials finished", ordering="finished")
    def trials_finished(self, observer: Observer) -> int:
        return observer.finished  # type: ignore[attr-defined]


class CheckInline(admin.TabularInline):
    model = Check
    readonly_fields = ["kind", "passed", "results", "created_at"]
    fields = (*readonly_fields,)
    extra = 0
    can_delete = False


class SoundCheckInline(admin.TabularInline):
    model = SoundCheck
    readonly_fields = ["moment", "tones", "answer", "created_at", "answered_at"]
    fields = (*readonly_fields,)
    extra = 0
    can_delete = False


class SlotInline(admin.TabularInline):
    model = Slot
    readonly_fields = ["position", "stimulus", "practice", "given_up", "reserved_until"]
    fields = (*readonly_fields,)
    extra = 0
    can_delete = False


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly):
    list_display = [
        "observer",
        "version",
        "step",
        "exit_reason",
        "recruiter",
        "language",
        "created_at",
        "completed_at",
    ]
    list_filter = ["step", "exit_reason", "version__study", "recruiter", "language", "renderer", "tier"]
    list_select_related = ["observer", "version__study"]
    search_fields = ["observer__label", "completion_code", "exit_code"]
    inlines = [CheckInline, SoundCheckInline, SlotInline]


@admin.register(ProblemReport)
class ProblemReportAdmin(ReadOnly):
    list_display = ["created_at", "page", "text", "assignment"]
    list_filter = ["page", "assignment__version__study"]
    list_select_related = ["assignment__observer", "assignment__version__study"]
    search_fields = ["text"]
