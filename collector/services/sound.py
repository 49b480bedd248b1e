"""The sound check: tones are made and judged here, and how many they were never leaves the site."""

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from collector import selectors, tones
from collector.errors import Refused
from collector.models import Assignment, SoundCheck
from collector.services.steps import locked, require

Step = Assignment.Step
Moment = SoundCheck.Moment


@dataclass(frozen=True)
class Heard:
    """How an answer was judged: `right` is this one, `passed` the whole check."""

    right: bool
    passed: bool
    tries_left: int


@transaction.atomic
def sound_check_open(*, assignment: Assignment) -> tuple[SoundCheck, int]:
    """Tones to count, and how many answers are left; the same tones until they are answered.

    Raises Refused `sound_tries_over` when no answer is left.
    """
    assignment = locked(assignment)
    require(assignment, Step.CHECK, Step.PRACTICE, Step.WATCH)
    moment = selectors.sound_moment(assignment)
    left = selectors.sound_tries_left(assignment, moment)
    if left == 0:
        raise Refused("sound_tries_over", "The tones could not be counted often enough to go on.", 403)
    check, _ = SoundCheck.objects.get_or_create(
        assignment=assignment,
        moment=moment,
        answered_at=None,
        defaults={"tones": secrets.choice(tones.COUNTS)},
    )
    return check, left


@transaction.atomic
def sound_check_answer(*, assignment: Assignment, check_id: uuid.UUID, count: int) -> Heard:
    """Judge an answer. Each check takes one; saying the same again is answered the same.

    Raises Refused when the check is not of this visit, or was answered otherwise.
    """
    assignment = locked(assignment)
    check = SoundCheck.objects.filter(assignment=assignment, pk=check_id).first()
    if check is None:
        raise Refused("sound_check_unknown", "These tones belong to another visit.", 404)
    if check.answered_at is None:
        check.answer = count
        check.answered_at = timezone.now()
        check.save(update_fields=["answer", "answered_at"])
    elif check.answer != count:
        raise Refused("sound_check_answered", "These tones were answered already; listen to new ones.")
    return Heard(
        right=check.right,
        passed=selectors.sound_passed(assignment, check.moment),
        tries_left=selectors.sound_tries_left(assignment, check.moment),
    )


def sound_of(check: SoundCheck) -> bytes:
    """The tones of a check as a WAV file; the same bytes each time they are asked for."""
    seed = hmac.new(settings.SECRET_KEY.encode(), f"tones:{check.pk}".encode(), hashlib.sha256).digest()
    return tones.wav(check.tones, seed=int.from_bytes(seed[:16]))
