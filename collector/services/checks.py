"""The device check, and the decent ways out of a visit that cannot go on."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from collector import recruiters, selectors
from collector.errors import Refused
from collector.models import Assignment, Check, SoundCheck
from collector.services.steps import locked, move, require

Step = Assignment.Step
REPORT_BYTES = 16 * 1024
CHECKS_KEPT = 100  # of one visit; further runs count, but leave no row


@dataclass(frozen=True)
class DeviceReport:
    """What one run of the device check found; lengths and rates as `docs/wire-format.md` has them."""

    passed: bool
    results: dict[str, Any]
    environment: dict[str, Any]
    renderer: str = ""
    tier: str = "full"
    frame_rates: dict[str, Any] = field(default_factory=dict)
    px_per_deg: float | None = None


@transaction.atomic
def visit_device_check(*, assignment: Assignment, report: DeviceReport) -> str:
    """Store one run of the device check; returns the next step.

    Raises Refused when the report is too large, or when it passes what the study asks for and was not shown: the
    sound check, which is judged here, and the calibration.
    """
    if len(json.dumps([report.results, report.environment, report.frame_rates])) > REPORT_BYTES:
        raise Refused("check_too_large", "The result of the device check is too large.", 413)
    assignment = locked(assignment)
    require(assignment, Step.CHECK, Step.PRACTICE, Step.WATCH)
    if assignment.checks.count() < CHECKS_KEPT:
        Check.objects.create(assignment=assignment, passed=report.passed, results=report.results)
    if not report.passed or assignment.step != Step.CHECK:
        return assignment.step
    _require_what_the_study_asks_for(assignment, report)
    assignment.environment = report.environment
    assignment.renderer = report.renderer
    assignment.tier = report.tier
    assignment.frame_rates = report.frame_rates
    assignment.px_per_deg = report.px_per_deg
    practice = selectors.practice_clip(assignment.version)
    return move(assignment, Step.PRACTICE if practice else Step.WATCH)


def _require_what_the_study_asks_for(assignment: Assignment, report: DeviceReport) -> None:
    if selectors.sound_is_checked(assignment, SoundCheck.Moment.START) and not selectors.sound_passed(
        assignment, SoundCheck.Moment.START
    ):
        raise Refused("sound_unheard", "Please do the sound check first.")
    required = assignment.version.document.viewing.calibration == "required"
    if required and report.px_per_deg is None and not assignment.observer.simulated:
        raise Refused("calibration_missing", "Please measure your screen first.")


@transaction.atomic
def visit_exit(*, assignment: Assignment, reason: str) -> str:
    """The observer leaves because something does not work out, with a code that says so; returns the next step.

    Saying it again changes nothing. What was recorded until then is kept.
    """
    assignment = locked(assignment)
    if assignment.step == Step.SCREENED:
        return assignment.step
    require(assignment, *Assignment.ON_THE_WAY)
    return leave(assignment, Step.SCREENED, reason)


def leave(assignment: Assignment, step: str, reason: str) -> str:
    """End a locked visit early, for a reason that has a code of its own."""
    assignment.exit_reason = reason
    assignment.exit_code = recruiters.exit_code(assignment.version.study.slug, reason)
    return move(assignment, step)
