"""An observer comes back to a visit that has begun."""

import datetime as dt
import math

from django.db import transaction
from django.utils import timezone

from collector import tokens
from collector.models import Assignment, StudyVersion, Trial
from collector.selectors import slots_unfinished
from collector.services.checks import leave
from collector.services.steps import locked, move

Step = Assignment.Step


@transaction.atomic
def visit_return(*, assignment: Assignment) -> Assignment:
    """The page of a visit is opened: apply the study's policy if that happens in the middle of it.

    A visit that is over stays as it is, for its last page must open again; one that is too old is closed. In
    between, the first trial makes the difference: before it, opening the page again interrupts nothing.
    """
    assignment = locked(assignment)
    if assignment.step in Assignment.OVER:
        return assignment
    resume = assignment.version.document.resume
    if seconds_left(assignment) == 0:
        leave(assignment, Step.CLOSED, "visit_expired")
    elif resume.policy == "block" and _has_watched(assignment):
        leave(assignment, Step.CLOSED, "visit_blocked")
    elif resume.policy == "restart" and _has_watched(assignment):
        assignment.restarted_at = timezone.now()
        move(assignment, Step.CHECK)
    return assignment


def visits_close_expired() -> int:
    """Close visits that are too old for the clips that they have not watched; returns how many.

    While its reservation lasts, a clip of it may be running, and be the last one. One that has nothing left to watch
    may still fetch its code for as long as its token lasts. One that has not come to the clips holds no place: it is
    left as it is, which tells how far people come, and its page closes it.
    """
    now = timezone.now()
    tokens_over = now - dt.timedelta(hours=tokens.VISIT_HOURS)
    watching = Assignment.objects.filter(step=Step.WATCH).exclude(slots__reserved_until__gte=now)
    closed = 0
    for version in StudyVersion.objects.filter(pk__in=watching.values("version")):
        oldest = now - dt.timedelta(hours=version.document.resume.max_age_hours)
        for assignment in watching.filter(version=version, created_at__lt=oldest):
            if assignment.created_at < tokens_over or not _waits_for_its_code(assignment):
                closed += _close_expired(assignment)
    return closed


@transaction.atomic
def _close_expired(assignment: Assignment) -> bool:
    assignment = locked(assignment)
    if assignment.step != Step.WATCH:
        return False
    leave(assignment, Step.CLOSED, "visit_expired")
    return True


def _waits_for_its_code(assignment: Assignment) -> bool:
    watched = assignment.slots.filter(practice=False, trials__phase=Trial.Phase.FINISHED)
    return watched.exists() and not slots_unfinished(assignment)


def seconds_left(assignment: Assignment) -> int:
    """For how long a visit can still be gone on with, s, rounded up; 0 when it is too old."""
    ends = assignment.created_at + dt.timedelta(hours=assignment.version.document.resume.max_age_hours)
    return max(0, math.ceil((ends - timezone.now()).total_seconds()))


def _has_watched(assignment: Assignment) -> bool:
    """Whether a trial was opened since the visit began, or began again."""
    if assignment.step not in (Step.PRACTICE, Step.WATCH):
        return False
    since = assignment.restarted_at or assignment.created_at
    return Trial.objects.filter(slot__assignment=assignment, created_at__gte=since).exists()
