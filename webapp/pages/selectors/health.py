"""Is a study healthy? Who came, what became of them, what was recorded, and what lags."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from collector.models import (
    Assignment,
    Check,
    ProblemReport,
    Stimulus,
    Study,
    StudyStimulus,
    Suspicion,
    TrackChunk,
    Trial,
    Verdict,
)
from collector.selectors import tracks_with_grade
from collector.work import WorkRow, WorkState
from webapp.baselines.models import BaselineRun
from webapp.datasets.models import Build, Release
from webapp.leaderboard.models import Evaluation
from webapp.pages.selectors.overviews import ACTIVE_WITHIN, UNDER_WAY

SUSPICION_NAMED_BY = ("track__trial__slot__stimulus", "track__trial__slot__assignment__observer")
GONE_AFTER = dt.timedelta(hours=1)
LAGGING_SHOWN = 10
FAILED_CHECK = "device check failed"


@dataclass(frozen=True)
class Visits:
    """Counts of visits. `others` says what became of those that are neither active nor passed."""

    arrived: int
    today: int
    active: int
    passed: int
    others: list[tuple[str, int]]
    last_arrival: dt.datetime | None


def study_visits(study: Study) -> Visits:
    """Who came to a study, in two queries."""
    now = timezone.now()
    visits = Assignment.objects.filter(observer__study=study)
    active = Q(step__in=UNDER_WAY, last_seen_at__gte=now - ACTIVE_WITHIN)
    totals = visits.aggregate(
        arrived=Count("pk"),
        today=Count("pk", filter=Q(created_at__gte=now - dt.timedelta(days=1))),
        active=Count("pk", filter=active),
        passed=Count("pk", filter=Q(step=Assignment.Step.DONE)),
        last_arrival=Max("created_at"),
    )
    failed_check = Exists(Check.objects.filter(assignment=OuterRef("pk"), passed=False))
    elsewhere = (
        visits.exclude(active)
        .exclude(step=Assignment.Step.DONE)
        .annotate(failed_check=failed_check)
        .values_list("step", "failed_check")
        .annotate(
            gone=Count("pk", filter=Q(last_seen_at__lt=now - GONE_AFTER)),
            paused=Count("pk", filter=Q(last_seen_at__gte=now - GONE_AFTER)),
        )
    )
    others: Counter[str] = Counter()
    for step, failed, gone, paused in elsewhere:
        if step not in UNDER_WAY:
            others[step] += gone + paused
        elif step == Assignment.Step.CHECK and failed:
            others[FAILED_CHECK] += gone + paused
        else:
            others[f"left during {step}"] += gone
            others[f"pausing during {step}"] += paused
    reasons = [(reason, count) for reason, count in others.most_common() if count]
    return Visits(others=reasons, **totals)


@dataclass(frozen=True)
class Tracks:
    """Counts of recorded tracks by newest verdict, and the reasons why some do not count."""

    valid: int
    rejected: int
    reasons: list[tuple[str, int]]


def study_tracks(study: Study) -> Tracks:
    """What the verdicts on a study's tracks say, in two queries; a track may have several reasons."""
    graded = tracks_with_grade().filter(trial__slot__assignment__observer__study=study)
    grades = dict(graded.order_by().values_list("grade").annotate(Count("pk")))
    rejected = graded.filter(grade=Verdict.Grade.REJECTED)
    newest = (
        Verdict.objects.filter(track__in=rejected.values("pk"))
        .order_by("track_id", "-pk")
        .distinct("track_id")
    )
    reasons = Counter(
        reason.get("code", "unknown")
        for found in newest.values_list("reasons", flat=True)
        for reason in found
    )
    return Tracks(
        valid=grades.get(Verdict.Grade.VALID, 0),
        rejected=grades.get(Verdict.Grade.REJECTED, 0),
        reasons=reasons.most_common(),
    )


def study_problems(study: Study) -> QuerySet[ProblemReport]:
    """What observers told us, newest first."""
    return (
        ProblemReport.objects.filter(assignment__observer__study=study)
        .select_related("assignment__observer")
        .order_by("-pk")
    )


@dataclass(frozen=True)
class Lag:
    """One kind of work of a study: how much waits, runs and failed; since when the oldest waits; some failed rows."""

    kind: str
    title: str
    waiting: int
    running: int
    failed: int
    oldest: dt.datetime | None
    failures: Sequence[WorkRow]

    @property
    def anything(self) -> bool:
        """Whether there is something to show."""
        return bool(self.waiting or self.running or self.failed)

    @property
    def failures_left_out(self) -> int:
        """Failed rows beyond those in `failures`."""
        return self.failed - len(self.failures)


def study_lags(study: Study) -> list[Lag]:
    """Unfinished work of a study by kind, in at most fourteen queries."""
    settled = [Trial.Phase.FINISHED, Trial.Phase.INTERRUPTED]
    recorded = Exists(TrackChunk.objects.filter(trial=OuterRef("pk")))
    trials = Trial.objects.filter(recorded, slot__assignment__observer__study=study, phase__in=settled)
    suspicions = Suspicion.objects.filter(track__trial__slot__assignment__observer__study=study)
    shown = StudyStimulus.objects.filter(version__study=study).values("stimulus")
    lags = [
        _lag(
            "trial", "Joining tracks", trials.select_related("slot__stimulus", "slot__assignment__observer")
        ),
        _lag("suspicion", "Looking for forgery", suspicions.select_related(*SUSPICION_NAMED_BY)),
        _lag("stimulus", "Preparing clips", Stimulus.objects.filter(pk__in=shown)),
        _lag("build", "Builds", Build.objects.filter(study=study).select_related("rendition__stimulus")),
        _lag("release", "Releases", Release.objects.filter(study=study)),
        _lag(
            "run",
            "Baseline runs",
            BaselineRun.objects.filter(release__study=study)
            .select_related("release")
            .defer("curve", "facts"),
        ),
        _lag(
            "evaluation",
            "Scores",
            Evaluation.objects.filter(submission__release__study=study)
            .select_related("submission__release")
            .defer("results"),
        ),
    ]
    return [lag for lag in lags if lag.anything]


def _lag(kind: str, title: str, rows: QuerySet) -> Lag:
    counts = rows.order_by().aggregate(
        waiting=Count("pk", filter=Q(state=WorkState.WAITING)),
        running=Count("pk", filter=Q(state=WorkState.RUNNING)),
        failed=Count("pk", filter=Q(state=WorkState.FAILED)),
        oldest=Min("created_at", filter=Q(state=WorkState.WAITING)),
    )
    failures = rows.filter(state=WorkState.FAILED).order_by("-finished_at") if counts["failed"] else ()
    return Lag(kind=kind, title=title, failures=list(failures[:LAGGING_SHOWN]), **counts)
