"""Studies at a glance, many at a time."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Model, Q, QuerySet
from django.utils import timezone

from collector.models import Assignment, Study, StudyStimulus, StudyVersion, Trial, Verdict
from collector.selectors import observers_by_grade
from collector.work import WorkState
from webapp.baselines.models import BaselineRun
from webapp.datasets.models import Build, Release
from webapp.leaderboard.models import Evaluation
from webapp.plans.models import Plan

ACTIVE_WITHIN = dt.timedelta(minutes=5)
UNDER_WAY = [Assignment.Step.CONSENT, Assignment.Step.CHECK, Assignment.Step.PRACTICE, Assignment.Step.WATCH]


@dataclass(frozen=True)
class Overview:
    """One study in a list. `failures` are work rows and plans that wait for somebody's decision."""

    study: Study
    clips: int
    arrived: int
    active: int
    passed: int
    valid: int
    wanted: int
    failures: int

    @property
    def share(self) -> float:
        """Share of the wanted valid tracks that is there."""
        return self.valid / self.wanted if self.wanted else 0.0

    @property
    def health(self) -> str:
        """A state for the badge: red only where somebody must act."""
        if self.failures:
            return "failed"
        if self.study.state == Study.State.OPEN and self.wanted and self.valid >= self.wanted:
            return "done"
        return self.study.state

    @property
    def health_words(self) -> str:
        """The same in words."""
        if self.failures:
            return f"{self.failures} to look at"
        return "target reached" if self.health == "done" else self.study.get_state_display().lower()


def study_overviews(studies: Sequence[Study]) -> list[Overview]:
    """Overviews of these studies, in their order, in nine queries."""
    versions = _newest_versions(studies)
    shown: dict[int, set[int]] = defaultdict(set)
    links = StudyStimulus.objects.filter(version__in=versions.values(), practice=False)
    for study_id, stimulus_id in links.values_list("version__study_id", "stimulus_id"):
        shown[study_id].add(stimulus_id)
    observers = observers_by_grade(studies)
    visits = _visits(studies)
    failures = _failures(studies)
    overviews = []
    for study in studies:
        target = versions[study.pk].document.target_observers if study.pk in versions else 0
        clips = shown[study.pk]
        counts = visits.get(study.pk, {})
        overviews.append(
            Overview(
                study=study,
                clips=len(clips),
                arrived=counts.get("arrived", 0),
                active=counts.get("active", 0),
                passed=counts.get("passed", 0),
                valid=sum(
                    min(target, observers.get((study.pk, stimulus, Verdict.Grade.VALID), 0))
                    for stimulus in clips
                ),
                wanted=target * len(clips),
                failures=failures.get(study.pk, 0),
            )
        )
    return overviews


def _newest_versions(studies: Sequence[Study]) -> dict[int, StudyVersion]:
    newest = StudyVersion.objects.filter(study__in=studies).order_by("study_id", "-number")
    return {version.study_id: version for version in newest.distinct("study_id")}


def _visits(studies: Sequence[Study]) -> dict[int, Mapping[str, Any]]:
    recently = timezone.now() - ACTIVE_WITHIN
    counted = (
        Assignment.objects.filter(observer__study__in=studies)
        .values("observer__study_id")
        .annotate(
            arrived=Count("pk"),
            active=Count("pk", filter=Q(step__in=UNDER_WAY, last_seen_at__gte=recently)),
            passed=Count("pk", filter=Q(step=Assignment.Step.DONE)),
        )
    )
    return {row["observer__study_id"]: row for row in counted}


def _failures(studies: Sequence[Study]) -> dict[int, int]:
    failed = Q(state=WorkState.FAILED)
    sources: list[tuple[type[Model], str, Q]] = [
        (Trial, "slot__assignment__observer__study", failed),
        (Build, "study", failed),
        (Release, "study", failed),
        (BaselineRun, "release__study", failed),
        (Evaluation, "submission__release__study", failed),
        (Plan, "study", Q(state=Plan.State.STOPPED)),
    ]
    total: dict[int, int] = defaultdict(int)
    for model, path, condition in sources:
        rows: QuerySet[Any] = model._default_manager.filter(condition, **{f"{path}__in": studies})
        for study_id, count in rows.order_by().values_list(path).annotate(count=Count("pk")):
            total[study_id] += count
    return dict(total)
