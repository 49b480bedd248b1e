"""A visit from the entry link to the completion code."""

import hashlib
import json
import secrets
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collector import recruiters, tokens
from collector.errors import Refused
from collector.models import Assignment, Observer, ProblemReport, Study, Trial
from collector.selectors import slots_unfinished
from collector.services.steps import locked, move, require

Step = Assignment.Step
MAX_REPORTS = 20  # of one visit


@transaction.atomic
def visit_start(
    *, study: Study, recruiter_parameters: Mapping[str, str], language: str, simulated: bool = False
) -> tuple[Assignment, str]:
    """Begin a visit, or go on with the one that this panel member has begun.

    Returns the assignment and its visit token. Raises Refused when the study takes nobody new in; nothing is then
    left of an observer who was new.
    """
    entry = recruiters.read_entry(recruiter_parameters)
    panel_hash = recruiters.panel_hash(entry, study.slug)
    if panel_hash:
        observer, _ = Observer.objects.get_or_create(study=study, panel_hash=panel_hash)
        begun = observer.assignments.order_by("-created_at").first()
        if begun is not None:
            return begun, tokens.sign_visit(begun.pk)
    else:
        observer = Observer.objects.create(study=study, simulated=simulated)
    version = study.version
    if study.state != Study.State.OPEN or version is None:
        raise Refused("study_closed", "This study is not open at the moment. Nothing was recorded.", 403)
    assignment = Assignment.objects.create(
        observer=observer,
        version=version,
        language=language,
        recruiter=entry.recruiter,
        seed=secrets.randbelow(2**31),
    )
    return assignment, tokens.sign_visit(assignment.pk)


@transaction.atomic
def visit_consent(*, assignment: Assignment, accepted: bool, text_version: str, language: str) -> str:
    """Store what was agreed to, or that it was not; returns the next step."""
    assignment = locked(assignment)
    if assignment.step != Step.CONSENT:
        return assignment.step
    consent = assignment.version.document.consent
    if text_version != consent.version:
        raise Refused(
            "consent_outdated", "The text has changed since you opened this page. Please reload it."
        )
    if not accepted:
        return move(assignment, Step.DECLINED)
    shown = json.dumps(consent.agreed(language), ensure_ascii=False).encode()
    assignment.language = language
    assignment.consent_version = text_version
    assignment.consent_sha256 = hashlib.sha256(shown).hexdigest()
    assignment.consented_at = timezone.now()
    return move(assignment, Step.CHECK)


@transaction.atomic
def visit_complete(*, assignment: Assignment) -> Assignment:
    """Give the completion code, once every announced chunk of every trial is stored.

    Raises Refused `not_stored` with the trials that are still waited for.
    """
    assignment = locked(assignment)
    if assignment.step == Step.DONE:
        return assignment
    require(assignment, Step.WATCH)
    # One whose end was announced is still to come, whether its place has been given to others meanwhile or not.
    under_way = Q(phase=Trial.Phase.OPEN) | Q(phase=Trial.Phase.ABANDONED, chunks_announced__isnull=False)
    trials = Trial.objects.filter(under_way, slot__assignment=assignment)
    waiting = [str(trial_id) for trial_id in trials.values_list("pk", flat=True)]
    if waiting or slots_unfinished(assignment):
        raise Refused("not_stored", "Not everything has arrived yet.", 409, waiting=waiting)
    places = assignment.slots.filter(practice=False)
    watched = places.filter(trials__phase=Trial.Phase.FINISHED).exists()
    all_closed = places.exists() and not places.filter(stimulus__closed_reason="").exists()
    if not watched and not all_closed:  # for clips that we closed nobody goes without
        raise Refused("nothing_watched", "No video was watched to its end, so there is no code.", 409)
    assignment.completion_code = secrets.token_hex(4).upper()
    assignment.completed_at = timezone.now()
    move(assignment, Step.DONE)
    return assignment


@transaction.atomic
def visit_withdraw(*, assignment: Assignment, reason: str = "") -> str:
    """The observer stops: nothing of this visit is used from now on. Saying it again changes nothing."""
    assignment = locked(assignment)
    if assignment.step == Step.WITHDRAWN:
        return assignment.step
    require(assignment, *Assignment.ON_THE_WAY, Step.DONE)
    if reason.strip() and not _reported_enough(assignment):
        _report(assignment, reason, "withdraw")
    return move(assignment, Step.WITHDRAWN)


def visit_report_problem(*, assignment: Assignment, text: str, page: str) -> None:
    """Keep what an observer told us."""
    if not text.strip():
        raise Refused("problem_empty", "Please write a few words about what went wrong.", 422)
    if _reported_enough(assignment):
        raise Refused("problems_enough", "Thank you, we have received your reports.")
    _report(assignment, text, page)


def _reported_enough(assignment: Assignment) -> bool:
    return assignment.problems.count() >= MAX_REPORTS


def _report(assignment: Assignment, text: str, page: str) -> None:
    ProblemReport.objects.create(assignment=assignment, text=text.strip()[:2000], page=page[:40])
