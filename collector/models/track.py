"""The raw track of a trial, what was thought of it, and what makes one doubt it."""

from django.db import models

from collector.models.trial import Trial
from collector.work import WorkRow

DIGEST_BYTES = 32


class Track(models.Model):
    """The joined raw track of a trial: one file, checksummed, never rewritten.

    The chunks it was made of are dropped once the stored file was read back and says the same; their digests stay,
    so that a chunk which arrives once more is known again.
    """

    trial = models.OneToOneField(Trial, on_delete=models.CASCADE, related_name="track")
    sha256 = models.CharField(max_length=64, help_text="Of the file in the track store")
    bytes = models.PositiveBigIntegerField()
    samples = models.PositiveIntegerField()
    moves = models.PositiveIntegerField(help_text="Samples that are pointer events, not rests")
    marks = models.PositiveIntegerField()
    chunk_digests = models.BinaryField(
        default=b"", help_text="SHA-256 of chunk 0, 1, …, 32 bytes each; zeros where none came"
    )
    chunks_dropped_at = models.DateTimeField(
        null=True, blank=True, help_text="When the file had been read back and the chunks were deleted"
    )
    damage = models.CharField(
        max_length=300, blank=True, help_text="Why the chunks are kept: the file does not say the same"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(chunks_dropped_at=None, damage=""),
                name="tracks_with_chunks",
            )
        ]

    def __str__(self) -> str:
        return f"track of {self.trial_id}"

    def chunk_sha256(self, number: int) -> str | None:
        """The digest of a chunk in hex; None when the track has no such chunk."""
        digest = bytes(self.chunk_digests[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES])
        return digest.hex() if any(digest) else None


class Verdict(models.Model):
    """What was thought of a track, when, by which rules. Append-only: the newest speaks."""

    class Grade(models.TextChoices):
        VALID = "valid"
        REJECTED = "rejected"

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="verdicts")
    grade = models.CharField(max_length=10, choices=Grade.choices)
    reasons = models.JSONField(default=list, help_text="Reason codes with the numbers that spoke")
    rules_fingerprint = models.CharField(max_length=64)
    by = models.CharField(max_length=80, default="rules", help_text="'rules', or who decided")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.grade} by {self.by}"


class Suspicion(WorkRow):
    """How much speaks for a track being forged or replayed; never a verdict by itself.

    As a work row it stands for looking at the track, alone and beside the others of its stimulus.
    """

    task = "collector.tasks.track_examine"
    queue = "ingest"

    track = models.OneToOneField(Track, on_delete=models.CASCADE, related_name="suspicion")
    score = models.FloatField(null=True, blank=True, db_index=True, help_text="0 nothing speaks, 1 all does")
    reasons = models.JSONField(default=list, help_text="What speaks in the track itself, with the numbers")
    rules_fingerprint = models.CharField(max_length=64, blank=True)
    path = models.BinaryField(
        default=b"", help_text="Where the cursor was, ten times a second: by this copies are found"
    )

    def __str__(self) -> str:
        return str(self.track.trial)


class Likeness(models.Model):
    """Two tracks of one stimulus that are nearer to each other than two hands are. Append-only."""

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="likenesses")
    other = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="likenesses_later")
    strength = models.FloatField(help_text="0 to 1")
    found = models.JSONField(help_text="Shift, mirroring, distance and the share of time it holds")
    rules_fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "likenesses"
        constraints = [models.UniqueConstraint(fields=["track", "other"], name="likeness_once_per_pair")]

    def __str__(self) -> str:
        return f"{self.track_id} is like {self.other_id}"
