"""Every read of capture that more than one place needs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Exists, F, Manager, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from collector import tokens, tones
from collector.models import (
    Assignment,
    Rendition,
    Slot,
    SoundCheck,
    Stimulus,
    Study,
    StudyVersion,
    Track,
    TrackChunk,
    Trial,
    Verdict,
)
from collector.study_document import StudyDocument

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


SECONDS_AROUND_A_CLIP = 6.0  # countdown, loading and reading what comes next; for the time left only
SECONDS_BEFORE_THE_CLIPS = 150.0  # reading, the check with its sound, and the practice, without haste


def assignment_from_visit_token(token: str) -> Assignment:
    """The visit that a token opens; raises tokens.TokenRefused."""
    return _or_refuse(
        Assignment.objects.select_related("version__study", "observer"), tokens.read_visit(token)
    )


def trial_from_token(token: str) -> Trial:
    """The trial that a token opens; raises tokens.TokenRefused."""
    return _or_refuse(
        Trial.objects.select_related("rendition", "slot__assignment__observer"), tokens.read_trial(token)
    )


def clip_from_token(token: str) -> str:
    """SHA-256 of the file that a token opens to a visit that is not over; raises tokens.TokenRefused."""
    assignment_id, sha256 = tokens.read_clip(token)
    assignment = _or_refuse(Assignment.objects, assignment_id)
    if assignment.step in Assignment.OVER:
        raise tokens.TokenRefused("gone", "This visit is over.")
    if Rendition.objects.filter(sha256=sha256).exclude(stimulus__closed_reason="").exists():
        raise tokens.TokenRefused("gone", "This video has been taken out of the study.")
    return sha256


def sound_check_from_token(token: str) -> SoundCheck:
    """The sound check whose tones a token opens; raises tokens.TokenRefused."""
    return _or_refuse(SoundCheck.objects, tokens.read_tones(token))


def _or_refuse(rows: Manager | QuerySet, pk: object):
    row = rows.filter(pk=pk).first()
    if row is None:
        raise tokens.TokenRefused("gone", "What this link opened has been removed.")
    return row


def trial_not_begun() -> Q:
    """Trials that were handed out and of which nothing has arrived: their next attempt is they themselves.

    However late that is: one whose reservation ran out meanwhile was begun no more than any other.
    """
    arrived = Exists(TrackChunk.objects.filter(trial=OuterRef("pk")))
    return Q(~arrived, phase__in=(Trial.Phase.OPEN, Trial.Phase.ABANDONED), chunks_announced=None)


def slots_unfinished(assignment: Assignment) -> list[Slot]:
    """Places of this visit, practice aside, that still can and must be watched, in order.

    Those whose clip was closed meanwhile are passed over: nobody sees it any more, and nobody has to.
    """
    attempts = assignment.version.document.max_attempts
    to_show = assignment.slots.filter(practice=False, given_up=False, stimulus__closed_reason="")
    slots = to_show.annotate(
        finished=Count("trials", filter=Q(trials__phase=Trial.Phase.FINISHED)),
        started=Count("trials"),
        waits=Exists(Trial.objects.filter(trial_not_begun(), slot=OuterRef("pk"))),
    )
    return [
        slot
        for slot in slots.order_by("position")
        if not slot.finished and (slot.waits or slot.started < attempts)
    ]


def is_shown_again(slot: Slot) -> bool:
    """Whether this observer will see the clip of this place once more."""
    return slot.practice or any(slot.pk == left.pk for left in slots_unfinished(slot.assignment))


def practice_clip(version: StudyVersion) -> Stimulus | None:
    """What is shown for practice; None where the version has nothing for it, or the clip was closed since."""
    return Stimulus.objects.filter(
        study_stimuli__version=version, study_stimuli__practice=True, closed_reason=""
    ).first()


def rendition_of_visit(assignment: Assignment, sha256: str) -> Rendition | None:
    """The rendition of this digest if this visit shows its stimulus, else None."""
    shown = Q(stimulus__slots__assignment=assignment) | Q(
        stimulus__study_stimuli__version=assignment.version_id, stimulus__study_stimuli__practice=True
    )
    return Rendition.objects.filter(shown, sha256=sha256, stimulus__closed_reason="").first()


def minutes_to_watch(slots: Sequence[Slot]) -> float:
    """What the clips of these places of a visit take, with what is around each and the pauses, min."""
    if not slots:
        return 0.0
    around_s = _seconds_around(slots[0].assignment.version.document)
    references = (
        Rendition.objects.filter(stimulus__in=[slot.stimulus_id for slot in slots], tier=Rendition.Tier.FULL)
        .order_by("stimulus_id", "-pk")
        .distinct("stimulus_id")
    )
    return sum(reference.duration_s + around_s for reference in references) / 60


def _seconds_around(document: StudyDocument) -> float:
    """What comes with each clip of a visit, s."""
    return document.pause_between_s + document.hold_after_end_s + SECONDS_AROUND_A_CLIP


def study_visit_minutes(version: StudyVersion) -> int:
    """What a whole visit takes, rounded up to minutes: check, practice, and clips of the version's mean length."""
    references = list(
        Rendition.objects.filter(
            stimulus__study_stimuli__version=version, stimulus__study_stimuli__practice=False, reference=None
        )
    )
    if not references:
        return math.ceil(SECONDS_BEFORE_THE_CLIPS / 60)
    document = version.document
    clip_s = sum(rendition.duration_s for rendition in references) / len(references)
    clips = min(document.clips_per_visit, len(references))
    watching_s = clips * (clip_s + _seconds_around(document))
    return math.ceil((SECONDS_BEFORE_THE_CLIPS + watching_s) / 60)


def study_largest_picture(version: StudyVersion) -> dict[str, int] | None:
    """Width and height of the largest reference that a version shows, video px; None while nothing is prepared."""
    references = Rendition.objects.filter(stimulus__study_stimuli__version=version, reference=None)
    largest = references.order_by(F("width") * F("height")).last()
    return {"width": largest.width, "height": largest.height} if largest else None


def sound_moment(assignment: Assignment) -> str:
    """Which sound check a visit at this step is about."""
    return SoundCheck.Moment.MIDDLE if assignment.step == Assignment.Step.WATCH else SoundCheck.Moment.START


def sound_is_checked(assignment: Assignment, moment: str) -> bool:
    """Whether the study asks this observer to count tones at this moment; made-up observers have no ears."""
    asked = {"off": (), "start": ("start",), "start_and_middle": ("start", "middle")}
    return not assignment.observer.simulated and moment in asked[assignment.version.document.checks.sound]


def sound_passed(assignment: Assignment, moment: str) -> bool:
    """Whether the tones of this moment were counted right often enough, one sequence after the other."""
    in_order = assignment.sound_checks.filter(moment=moment, answered_at__isnull=False).order_by(
        "answered_at"
    )
    run = 0
    for tones_played, answer in in_order.values_list("tones", "answer"):
        run = run + 1 if answer == tones_played else 0
        if run == tones.IN_A_ROW:
            return True
    return False


def sound_tries_left(assignment: Assignment, moment: str) -> int:
    """How many wrong answers the study still takes."""
    wrong = assignment.sound_checks.filter(moment=moment, answered_at__isnull=False).exclude(
        answer=F("tones")
    )
    return max(0, assignment.version.document.checks.sound_tries - wrong.count())


def sound_is_due(assignment: Assignment, left: Sequence[Slot]) -> bool:
    """Whether the sound check in the middle of the batch comes before the next clip. `left`: places to watch."""
    middle = SoundCheck.Moment.MIDDLE
    if not sound_is_checked(assignment, middle) or sound_passed(assignment, middle):
        return False
    total = assignment.slots.filter(practice=False).count()
    return total > 1 and total - len(left) >= total // 2


def chunks_missing(trial: Trial) -> list[int]:
    """Announced chunk numbers that have not arrived."""
    if trial.chunks_announced is None or trial.phase in Trial.SETTLED:
        return []  # of a settled trial everything is here; its chunks may have been dropped since
    here = set(TrackChunk.objects.filter(trial=trial).values_list("number", flat=True))
    return [n for n in range(trial.chunks_announced) if n not in here]


def chunk_sha256(trial: Trial, number: int) -> str | None:
    """Digest of the chunk that arrived under this number, dropped since or not; None when none did."""
    digest = TrackChunk.objects.filter(trial=trial, number=number).values_list("sha256", flat=True).first()
    if digest is None and trial.phase in Trial.SETTLED:
        track = Track.objects.filter(trial=trial).first()
        return track.chunk_sha256(number) if track else None
    return digest


def newest_grade() -> Subquery:
    """For annotating tracks: the grade of the newest verdict."""
    return Subquery(Verdict.objects.filter(track=OuterRef("pk")).order_by("-pk").values("grade")[:1])


class Graded(TypedDict):
    """What `tracks_with_grade` adds to a track."""

    grade: str | None


def tracks_with_grade() -> "QuerySet[WithAnnotations[Track, Graded]]":
    """Tracks annotated with `grade`, practice and withdrawn visits left out."""
    return (
        Track.objects.filter(trial__slot__practice=False)
        .exclude(trial__slot__assignment__step=Assignment.Step.WITHDRAWN)
        .annotate(grade=newest_grade())
    )


@dataclass(frozen=True)
class Coverage:
    """How far one stimulus of a study is: counts of observers."""

    stimulus: Stimulus
    valid: int
    rejected: int
    reserved: int
    target: int

    @property
    def share(self) -> float:
        """Share of the target that valid tracks reach, at most 1."""
        return min(1.0, self.valid / self.target)


def observers_by_grade(studies: Sequence[Study]) -> dict[tuple[int, int, str], int]:
    """Counts of observers by study, stimulus and newest grade, for `tracks_with_grade` of these studies.

    Counted where the rows lie, and by a join: a study may have hundreds of thousands of tracks, this is asked every
    few seconds, and `newest_grade` looks for each track anew.
    """
    newer = Verdict.objects.filter(track=OuterRef("track"), pk__gt=OuterRef("pk"))
    newest = Verdict.objects.filter(
        ~Exists(newer),
        track__trial__slot__practice=False,
        track__trial__slot__assignment__observer__study__in=studies,
    ).exclude(track__trial__slot__assignment__step=Assignment.Step.WITHDRAWN)
    counted = newest.order_by().values_list(
        "track__trial__slot__assignment__observer__study_id", "track__trial__slot__stimulus_id", "grade"
    )
    observers = Count("track__trial__slot__assignment__observer", distinct=True)
    return {(study, stimulus, grade): count for study, stimulus, grade, count in counted.annotate(observers)}


def study_coverage(version: StudyVersion) -> list[Coverage]:
    """Coverage of each stimulus that a version shows, by name, in three queries."""
    study = version.study
    observers = observers_by_grade([study])
    reserved = dict(
        Slot.objects.filter(
            assignment__observer__study=study,
            assignment__step=Assignment.Step.WATCH,
            practice=False,
            reserved_until__gt=timezone.now(),
        )
        .exclude(trials__phase=Trial.Phase.FINISHED)
        .values_list("stimulus_id")
        .annotate(count=Count("pk"))
        .order_by()
    )
    target = version.document.target_observers
    shown = Stimulus.objects.filter(study_stimuli__version=version, study_stimuli__practice=False)
    return [
        Coverage(
            stimulus=stimulus,
            valid=observers.get((study.pk, stimulus.pk, Verdict.Grade.VALID), 0),
            rejected=observers.get((study.pk, stimulus.pk, Verdict.Grade.REJECTED), 0),
            reserved=reserved.get(stimulus.pk, 0),
            target=target,
        )
        for stimulus in shown.order_by("name")
    ]


def coverage_reached(coverage: Sequence[Coverage]) -> bool:
    """Whether every stimulus has its target of valid observers."""
    return bool(coverage) and all(row.valid >= row.target for row in coverage)
