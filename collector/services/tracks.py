"""What is thought of a recording: the first verdict by the study's rules, and people's own."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from collector.errors import Refused
from collector.limits import bytes_stored
from collector.models import Assignment, Track, TrackChunk, Trial, Verdict
from collector.protocol import MOVE, read_chunk
from collector.study_document import TrackRules
from collector.tracks.columns import Columns, join_chunks, raw_track
from processing.align import align, move_times, presented_frames
from processing.errors import BadInput
from processing.quality import Limits, TrackFacts, reasons_against, track_facts

log = logging.getLogger(__name__)
MAX_PRACTICE_BYTES = 8 * 2**20  # a mouse of 8 kHz fills it in forty seconds


@dataclass(frozen=True)
class FirstVerdict:
    """Grade and reasons by the study's rules."""

    grade: str
    reasons: list[dict[str, Any]]


def first_verdict(trial: Trial, columns: Columns) -> FirstVerdict:
    """Judge a recording by the rules of its study's version."""
    rules = trial.slot.assignment.version.document.rules
    reasons: list[dict[str, Any]] = []
    try:
        facts = _facts(trial, columns)
    except BadInput as error:
        reasons.append({"code": "not_alignable", "detail": str(error)})
    else:
        reasons.extend(reasons_against(facts, _limits(rules)))
    if trial.interruption:
        reasons.append({"code": "interrupted", "detail": trial.interruption})
    grade = Verdict.Grade.REJECTED if reasons else Verdict.Grade.VALID
    return FirstVerdict(grade=grade, reasons=reasons)


def _facts(trial: Trial, columns: Columns) -> TrackFacts:
    rendition = trial.rendition.of_reference
    raw = raw_track(columns)
    track, _ = align(
        raw,
        observer=trial.slot.assignment.observer.label,
        fps=rendition.fps,
        width=rendition.width,
        height=rendition.height,
    )
    return track_facts(
        track,
        moves_us=move_times(raw, rendition.fps),
        frames_presented=presented_frames(raw, rendition.fps),
        frames=rendition.frames,
        fps=rendition.fps,
        width=rendition.width,
        height=rendition.height,
    )


def _limits(rules: TrackRules) -> Limits:
    return Limits(
        min_mapped_share=rules.min_mapped_share,
        min_move_rate_hz=rules.min_sample_rate_hz,
        max_outside_share=rules.max_outside_share,
        min_frames_shown_share=rules.min_frames_shown_share,
    )


@transaction.atomic
def practice_judge(*, trial: Trial) -> bool:
    """Whether a finished practice trial passes; moves the visit on when it does. Each is judged once.

    The criterion is the study's share of practice time with the cursor inside the picture, and a cursor that moved
    at all: it asks whether mouse and person work together, not whether they are good at it. Raises Refused for a
    recording that is larger than any practice: it is judged while its page waits.
    """
    assignment = Assignment.objects.select_for_update(of=("self",)).get(pk=trial.slot.assignment_id)
    if assignment.step != Assignment.Step.PRACTICE:
        return True
    trial.refresh_from_db(fields=["phase", "practice_passed"])
    if trial.phase != Trial.Phase.FINISHED:
        return False
    if trial.practice_passed is None:
        trial.practice_passed = _practice_passes(trial, assignment.version.document.practice_min_inside_share)
        trial.save(update_fields=["practice_passed"])
    if trial.practice_passed:
        assignment.step = Assignment.Step.WATCH
        assignment.last_seen_at = timezone.now()
        assignment.save(update_fields=["step", "last_seen_at"])
    return trial.practice_passed


def _practice_passes(trial: Trial, min_inside_share: float) -> bool:
    if bytes_stored(trial.pk) > MAX_PRACTICE_BYTES:
        raise Refused(
            "practice_too_large",
            f"The recording of a practice has at most {MAX_PRACTICE_BYTES // 2**20} MiB. Please practise again.",
            413,
        )
    bodies = TrackChunk.objects.filter(trial=trial).values_list("body", flat=True)
    columns = join_chunks(read_chunk(bytes(body)) for body in bodies)
    try:
        facts = _facts(trial, columns)
    except BadInput as error:
        log.info("practice trial %s cannot be aligned: %s", trial.pk, error)
        return False
    moved = int((columns["samples.kind"] == MOVE).sum()) >= 10
    return moved and facts.mapped_share * (1 - facts.outside_share) >= min_inside_share


def verdict_add(*, track: Track, grade: str, reason: str, by: str) -> Verdict:
    """A person's decision, which speaks from now on; the earlier verdicts stay.

    Raises Refused without a reason: every exclusion must be defensible, and every undoing too.
    """
    if not reason.strip():
        raise Refused("reason_missing", "Say in a few words why.", 422)
    return Verdict.objects.create(
        track=track,
        grade=grade,
        reasons=[{"code": "by_hand", "detail": reason.strip()[:200]}],
        rules_fingerprint="",
        by=by,
    )
