"""Who took part: a pseudonymous observer, and one visit of theirs."""

import secrets
import uuid

from django.db import models

from collector.models.study import Study, StudyVersion


def new_label() -> str:
    """A short public name that says nothing about the person."""
    return "o" + secrets.token_hex(6)


class Observer(models.Model):
    """One person in one study, known only by a random label and a keyed hash of the panel's id."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="observers")
    label = models.CharField(max_length=20, unique=True, default=new_label)
    panel_hash = models.CharField(
        max_length=64, blank=True, help_text="Keyed hash of the recruiter's id; the id itself is not stored"
    )
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "panel_hash"],
                condition=~models.Q(panel_hash=""),
                name="panel_member_once_per_study",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Assignment(models.Model):
    """The trials of one visit, on one frozen version of the study."""

    class Step(models.TextChoices):
        CONSENT = "consent"
        CHECK = "check"
        PRACTICE = "practice"
        WATCH = "watch"
        DONE = "done"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"
        SCREENED = "screened"  # left before the end, with a code that says why
        CLOSED = "closed"  # by us: too old, or the study lets nobody come back

    ON_THE_WAY = (Step.CONSENT, Step.CHECK, Step.PRACTICE, Step.WATCH)
    OVER = (Step.DONE, Step.DECLINED, Step.WITHDRAWN, Step.SCREENED, Step.CLOSED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    observer = models.ForeignKey(Observer, on_delete=models.CASCADE, related_name="assignments")
    version = models.ForeignKey(StudyVersion, on_delete=models.PROTECT, related_name="assignments")
    step = models.CharField(max_length=10, choices=Step.choices, default=Step.CONSENT, db_index=True)
    language = models.CharField(max_length=10, default="en")
    seed = models.PositiveIntegerField(help_text="Fixes the order of this visit's clips")
    recruiter = models.CharField(max_length=20, default="link")
    consent_version = models.CharField(max_length=40, blank=True)
    consent_sha256 = models.CharField(max_length=64, blank=True, help_text="Hash of the text that was shown")
    consented_at = models.DateTimeField(null=True, blank=True)
    environment = models.JSONField(default=dict, blank=True, help_text="Browser, screen and window")
    renderer = models.CharField(
        max_length=10, blank=True, help_text="What the device check chose to draw with"
    )
    tier = models.CharField(max_length=5, default="full", help_text="Largest rendition that it draws in time")
    frame_rates = models.JSONField(default=dict, blank=True, help_text="Frames a second that it measured")
    px_per_deg = models.FloatField(
        null=True, blank=True, help_text="CSS px a degree of visual angle, measured with a bank card"
    )
    restarted_at = models.DateTimeField(
        null=True, blank=True, help_text="When the observer came back last and began again"
    )
    exit_reason = models.CharField(max_length=20, blank=True, help_text="Why it ended before the videos did")
    exit_code = models.CharField(max_length=8, blank=True, help_text="What the panel is told of that")
    completion_code = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"visit of {self.observer} to {self.version}"


class Check(models.Model):
    """One run of the device check: what was looked at, and what came out."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=20, default="device")
    passed = models.BooleanField()
    results = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind} check {'passed' if self.passed else 'failed'}"


class SoundCheck(models.Model):
    """Tones that an observer is to count. How many there are never leaves the site."""

    class Moment(models.TextChoices):
        START = "start"
        MIDDLE = "middle"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="sound_checks")
    moment = models.CharField(max_length=6, choices=Moment.choices)
    tones = models.PositiveSmallIntegerField()
    answer = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "moment"],
                condition=models.Q(answered_at=None),
                name="one_open_sound_check_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"sound check of {self.assignment_id} at the {self.moment}"

    @property
    def right(self) -> bool:
        """Whether the tones were counted right."""
        return self.answer == self.tones


class ProblemReport(models.Model):
    """What an observer told us went wrong."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="problems")
    page = models.CharField(max_length=40, blank=True)
    text = models.TextField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.text[:60]
