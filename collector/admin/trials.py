"""Trials, tracks and verdicts."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from collector import selectors
from collector.admin.base import ReadOnly, each
from collector.models import (
    Track,
    Trial,
    Verdict,
)
from collector.services import tracks


class VerdictInline(admin.TabularInline):
    model = Verdict
    readonly_fields = ["grade", "reasons", "by", "rules_fingerprint", "created_at"]
    fields = (*readonly_fields,)
    extra = 0
    can_delete = False


@admin.register(Trial)
class TrialAdmin(ReadOnly):
    list_display = ["stimulus", "observer", "number", "phase", "state", "grade", "reasons", "created_at"]
    list_filter = ["phase", "state", "slot__practice", "slot__assignment__observer__study"]
    list_select_related = ["slot__stimulus", "slot__assignment__observer", "track"]
    search_fields = ["slot__assignment__observer__label", "slot__stimulus__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("track__verdicts")

    @admin.display(ordering="slot__stimulus__name")
    def stimulus(self, trial: Trial) -> str:
        return trial.slot.stimulus.name

    @admin.display(ordering="slot__assignment__observer__label")
    def observer(self, trial: Trial) -> str:
        return trial.slot.assignment.observer.label

    @staticmethod
    def _verdict(trial: Trial) -> Verdict | None:
        track = getattr(trial, "track", None)
        return next(iter(track.verdicts.all()), None) if track else None

    @admin.display(description="grade")
    def grade(self, trial: Trial) -> str:
        verdict = self._verdict(trial)
        return verdict.grade if verdict else "–"

    @admin.display(description="reasons")
    def reasons(self, trial: Trial) -> str:
        verdict = self._verdict(trial)
        return ", ".join(reason["code"] for reason in verdict.reasons) if verdict else trial.last_error


@admin.register(Track)
class TrackAdmin(ReadOnly):
    list_display = ["trial", "grade", "samples", "moves", "marks", "bytes", "sha256", "created_at"]
    list_filter = ["trial__slot__assignment__observer__study", "verdicts__grade"]
    list_select_related = ["trial__slot__stimulus", "trial__slot__assignment__observer"]
    search_fields = ["trial__slot__assignment__observer__label", "trial__slot__stimulus__name", "sha256"]
    inlines = [VerdictInline]
    actions = ["accept", "reject"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(grade=selectors.newest_grade())

    @admin.display(ordering="grade")
    def grade(self, track: Track) -> str:
        return track.grade  # type: ignore[attr-defined]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("collector.add_verdict")

    @admin.action(description="Accept: counts from now on", permissions=["decide"])
    def accept(self, request: HttpRequest, rows: QuerySet) -> None:
        self._decide(request, rows, Verdict.Grade.VALID, "accepted in the admin")

    @admin.action(description="Reject: does not count from now on", permissions=["decide"])
    def reject(self, request: HttpRequest, rows: QuerySet) -> None:
        self._decide(request, rows, Verdict.Grade.REJECTED, "rejected in the admin")

    def _decide(self, request: HttpRequest, rows: QuerySet, grade: str, reason: str) -> None:
        def decide(track: Track) -> None:
            tracks.verdict_add(track=track, grade=grade, reason=reason, by=str(request.user))

        each(self, request, rows, decide, f"{grade} from now on")
