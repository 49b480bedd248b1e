"""Trials: what was shown to whom, and what became of it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from collector.admin.base import ReadOnly
from collector.models import Trial, Verdict


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
