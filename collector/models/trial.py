"""One stimulus shown once: the reserved place, the attempt, and the pieces of its recording as they arrived."""

import uuid

from django.db import models

from collector.models.observer import Assignment
from collector.models.stimulus import Rendition, Stimulus
from collector.work import WorkRow


class Slot(models.Model):
    """A place for one stimulus in one visit, reserved until the visit is taken for abandoned."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="slots")
    stimulus = models.ForeignKey(Stimulus, on_delete=models.PROTECT, related_name="slots")
    position = models.PositiveSmallIntegerField(help_text="1-based; practice has 0")
    practice = models.BooleanField(default=False)
    reserved_until = models.DateTimeField()
    given_up = models.BooleanField(
        default=False, help_text="Not shown to this observer again: the study's policy on an interruption"
    )

    class Meta:
        ordering = ["assignment", "position"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "position"], name="one_slot_per_position"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} #{self.position}"


class Trial(WorkRow):
    """One attempt at a slot. As a work row it stands for joining its chunks into the raw track."""

    class Phase(models.TextChoices):
        OPEN = "open"  # being watched, or announced chunks are missing
        FINISHED = "finished"  # every announced chunk is here
        INTERRUPTED = "interrupted"  # given up by the page, or started again
        ABANDONED = "abandoned"  # never finished

    task = "collector.tasks.track_join"
    queue = "ingest"
    SETTLED = (Phase.FINISHED, Phase.INTERRUPTED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="trials")
    rendition = models.ForeignKey(Rendition, on_delete=models.PROTECT, related_name="trials")
    number = models.PositiveSmallIntegerField(help_text="Which attempt at this slot, from 1")
    phase = models.CharField(max_length=12, choices=Phase.choices, default=Phase.OPEN, db_index=True)
    chunks_announced = models.PositiveIntegerField(null=True, blank=True)
    interruption = models.CharField(max_length=200, blank=True)
    summary = models.JSONField(default=dict, blank=True, help_text="Counts as the page reported them")
    drawing = models.JSONField(
        default=dict,
        blank=True,
        help_text="What the device check before it chose, and frames a second it measured",
    )
    practice_passed = models.BooleanField(null=True, blank=True, help_text="Empty until it is judged")
    virtual_clock = models.BooleanField(default=False, help_text="Recorded faster than life by a simulation")
    finished_by_page_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slot", "number"], name="attempt_number_once")]

    def __str__(self) -> str:
        return f"{self.slot.stimulus.name} for {self.slot.assignment.observer.label} (attempt {self.number})"

    @classmethod
    def due(cls) -> models.QuerySet["Trial"]:
        """Those that nobody adds to any more and that have something to join."""
        return super().due().filter(phase__in=cls.SETTLED, chunks__isnull=False).distinct()


class TrackChunk(models.Model):
    """A numbered piece of a recording, exactly as it arrived."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trial", "number"], name="chunk_number_once")]

    def __str__(self) -> str:
        return f"chunk {self.number} of {self.trial_id}"
