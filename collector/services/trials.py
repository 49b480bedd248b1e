"""Trials are handed out, take chunks in, and are finished."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from collector import balancing, tokens
from collector.errors import Refused
from collector.models import Assignment, Rendition, Slot, StudyStimulus, Trial
from collector.protocol import MAX_CHUNKS
from collector.selectors import (
    chunks_missing,
    practice_clip,
    slots_unfinished,
    sound_is_due,
    sound_moment,
    sound_tries_left,
    study_coverage,
    trial_not_begun,
)
from collector.services.returning import seconds_left
from collector.services.steps import locked, move

Step = Assignment.Step
Phase = Trial.Phase
TAKING = (Phase.OPEN, Phase.ABANDONED)  # a browser that was offline for a night may still deliver
MAX_PRACTICE_ATTEMPTS = 10


@dataclass(frozen=True)
class NextTrial:
    """A trial to watch now, and the places that are left with it as the first."""

    trial: Trial
    position: int
    total: int
    slots_left: list[Slot]

    @property
    def upcoming(self) -> Rendition | None:
        """What comes after this trial, if anything does."""
        assignment = self.trial.slot.assignment
        return shown_to(assignment, self.slots_left[1]) if len(self.slots_left) > 1 else None


@transaction.atomic
def trial_next(*, assignment: Assignment) -> NextTrial | Literal["sound_check", "finished"]:
    """Open the next trial of a visit, unless all is watched or the sound is to be checked first.

    A trial of which something has arrived is given up and its slot handed out again as the next attempt: the
    page was reloaded or the clip interrupted, and a clip seen half counts for nothing. One of which nothing has
    is handed out again itself: its answer was lost, or its clip never came, and it used up no attempt. Clips that
    were closed meanwhile are passed over, the one for practice too.
    """
    assignment = locked(assignment)
    if assignment.step == Step.PRACTICE and practice_clip(assignment.version) is None:
        move(assignment, Step.WATCH)
    if assignment.step == Step.PRACTICE:
        slots = [_practice_slot(assignment)]
        _give_up_open_trials(assignment, slots)
    elif assignment.step == Step.WATCH:
        _reserve_slots(assignment)
        slots = slots_unfinished(assignment)
        _give_up_open_trials(assignment, slots)
        if not slots:
            return "finished"
        if sound_is_due(assignment, slots):
            if sound_tries_left(assignment, sound_moment(assignment)) == 0:
                raise Refused(
                    "sound_tries_over", "The tones could not be counted often enough to go on.", 403
                )
            return "sound_check"
    else:
        raise Refused("wrong_step", "This visit is at another step. Please reload the page.")
    if seconds_left(assignment) == 0:  # the page that is loaded again closes it and says so
        raise Refused("wrong_step", "This visit began too long ago to go on with. Please reload the page.")
    slot = slots[0]
    rendition = shown_to(assignment, slot)
    if rendition is None:
        raise Refused(
            "stimulus_gone", "This video has been removed. Please try again to see the next one.", 410
        )
    trial = _open_trial(slot, rendition, assignment)
    # Whoever goes on keeps the places. Slots are locked after trials, as the end of a trial that aborts does.
    assignment.slots.update(reserved_until=_reserved_until(assignment))
    Assignment.objects.filter(pk=assignment.pk).update(last_seen_at=timezone.now())
    total = 1 if slot.practice else assignment.slots.filter(practice=False).count()
    return NextTrial(trial=trial, position=max(1, slot.position), total=total, slots_left=slots)


def shown_to(assignment: Assignment, slot: Slot) -> Rendition | None:
    """The rendition that this visit's computer is shown: the largest that it draws in time. None of a closed clip."""
    if slot.stimulus.closed_reason:
        return None
    return slot.stimulus.rendition_for(assignment.tier)


def _open_trial(slot: Slot, rendition: Rendition, assignment: Assignment) -> Trial:
    """The slot's trial that was never begun, opened anew as of now, or its next attempt."""
    drawing = {"renderer": assignment.renderer, "tier": assignment.tier, "rates": assignment.frame_rates}
    trial = slot.trials.filter(trial_not_begun()).first()
    if trial is not None:
        trial.phase = Phase.OPEN
        trial.rendition = rendition
        trial.drawing = drawing
        trial.created_at = timezone.now()  # the new token's life and the pace of the chunks count from here
        trial.save(update_fields=["phase", "rendition", "drawing", "created_at"])
        return trial
    number = slot.trials.count() + 1
    if slot.practice and number > MAX_PRACTICE_ATTEMPTS:
        raise Refused("practice_failed", "The practice did not work out. Thank you for trying.", 403)
    return Trial.objects.create(
        slot=slot,
        rendition=rendition,
        drawing=drawing,
        number=number,
        virtual_clock=assignment.observer.simulated and assignment.version.study.simulated,
    )


def _practice_slot(assignment: Assignment) -> Slot:
    practice = StudyStimulus.objects.get(version=assignment.version, practice=True).stimulus
    slot, _ = Slot.objects.get_or_create(
        assignment=assignment,
        position=0,
        defaults={"stimulus": practice, "practice": True, "reserved_until": _reserved_until(assignment)},
    )
    return slot


def _reserve_slots(assignment: Assignment) -> None:
    if assignment.slots.filter(practice=False).exists():
        return
    document = assignment.version.document
    candidates = [
        balancing.Candidate(stimulus_id=row.stimulus.pk, valid=row.valid, reserved=row.reserved)
        for row in study_coverage(assignment.version)
        if not row.stimulus.closed_reason
    ]
    chosen = balancing.choose(
        candidates, places=document.clips_per_visit, target=document.target_observers, seed=assignment.seed
    )
    if not chosen:
        raise Refused("study_full", "Enough people have taken part by now. Thank you for coming.", 403)
    until = _reserved_until(assignment)
    Slot.objects.bulk_create(
        Slot(assignment=assignment, stimulus_id=pk, position=position, reserved_until=until)
        for position, pk in enumerate(chosen, start=1)
    )


def _reserved_until(assignment: Assignment) -> dt.datetime:
    return timezone.now() + dt.timedelta(minutes=assignment.version.document.reservation_minutes)


def _give_up_open_trials(assignment: Assignment, slots: list[Slot]) -> None:
    """Trials that nobody announced the end of; one that only waits for missing chunks is left to get them.

    `slots`: what is still to be watched. A trial of the first of them that was never begun is about to be opened.
    """
    open_ones = Trial.objects.filter(
        phase=Phase.OPEN, chunks_announced=None, slot__in=Slot.objects.filter(assignment=assignment)
    )
    open_ones.exclude(trial_not_begun(), slot__in=slots[:1]).update(
        phase=Phase.INTERRUPTED, interruption="started again"
    )


@transaction.atomic
def trial_finish(
    *,
    trial: Trial,
    chunks: int,
    outcome: str,
    reason: str,
    summary: Mapping[str, object],
    lost: bool = False,
) -> list[int]:
    """Announce how many chunks there are; returns the numbers still missing.

    A repeat is answered the same. `lost`: nobody has what is missing any more; the trial is then closed as
    interrupted, with what is here. Raises Refused when the count contradicts what is here or was said before.
    """
    trial = Trial.objects.select_for_update().get(pk=trial.pk)
    # A page that was left has handed over last parts that the next page, which closes the trial, knows nothing of.
    may_be_more = outcome == "interrupted"
    if trial.chunks_announced is not None:
        if chunks > trial.chunks_announced or (chunks < trial.chunks_announced and not may_be_more):
            raise Refused("finish_conflict", "This recording was announced with another number of parts.")
        _settle(trial, lost)
        return chunks_missing(trial)
    if trial.phase not in TAKING:
        raise Refused("not_open", "This recording was given up before; the video will be shown again.")
    if not 0 < chunks <= MAX_CHUNKS:
        raise Refused("chunk_count", f"A recording has 1 to {MAX_CHUNKS} parts.", 422)
    last = trial.chunks.aggregate(last=Max("number", default=0))["last"]
    if last >= chunks:
        if not may_be_more:
            raise Refused("finish_conflict", "More parts have arrived than were announced.")
        chunks = last + 1
    trial.chunks_announced = chunks
    trial.interruption = (reason or "interrupted")[:200] if outcome == "interrupted" else ""
    trial.summary = dict(summary)
    trial.finished_by_page_at = timezone.now()
    trial.save(update_fields=["chunks_announced", "interruption", "summary", "finished_by_page_at"])
    _apply_policy(trial)
    _settle(trial, lost)
    return chunks_missing(trial)


def _apply_policy(trial: Trial) -> None:
    """Where the study aborts for what interrupted this trial, the observer is not shown the clip again."""
    policy = trial.slot.assignment.version.document.interruptions.model_dump()
    if policy.get(trial.interruption) == "abort":
        Slot.objects.filter(pk=trial.slot_id, practice=False).update(given_up=True)


@transaction.atomic
def trial_settle(*, trial_id: uuid.UUID) -> tuple[bool, list[int]]:
    """Close an announced trial if every chunk is here; returns whether this call did, and what is missing."""
    trial = Trial.objects.select_for_update().get(pk=trial_id)
    return _settle(trial), chunks_missing(trial)


def _settle(trial: Trial, lost: bool = False) -> bool:
    if trial.phase in Trial.SETTLED:
        return False
    if chunks_missing(trial):
        if not lost:
            return False
        trial.interruption = trial.interruption or "parts_lost"
    trial.phase = Phase.INTERRUPTED if trial.interruption else Phase.FINISHED
    trial.save(update_fields=["phase", "interruption"])
    return True


def trials_abandon_stale() -> int:
    """Give up open trials of visits whose reservation has run out; returns how many.

    Their places are free for others. What the observer's browser still holds is taken when it comes.
    """
    # The slot's condition stands in a query of its own: across a join Django would put the phase in there too, and
    # PostgreSQL looks again only at what stands outside once it has waited for a trial that was just finished.
    late = Slot.objects.filter(reserved_until__lt=timezone.now())
    return Trial.objects.filter(phase=Phase.OPEN, slot__in=late).update(phase=Phase.ABANDONED)


def trials_close_abandoned() -> int:
    """Close given-up trials that no token opens any more, so that what arrived is joined; returns how many."""
    last = timezone.now() - dt.timedelta(hours=tokens.TRIAL_HOURS)
    return Trial.objects.filter(phase=Phase.ABANDONED, created_at__lt=last).update(
        phase=Phase.INTERRUPTED, interruption="never finished"
    )
