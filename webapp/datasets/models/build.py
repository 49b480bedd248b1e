"""A build: the fixation points and the map video of one rendition, made from a fixed set of tracks."""

from django.db import models

from collector.models import Rendition, Study, Track
from collector.work import WorkRow
from webapp.datasets.models.recipe import Recipe


class Build(WorkRow):
    """Products of one rendition, one recipe and one set of tracks.

    The digest of the tracks is part of its identity, so asking twice gives the same row, and whether newer
    tracks have made it *stale* is computed by comparing digests, never stored.
    """

    task = "webapp.datasets.tasks.build_run"
    queue = "build"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="builds")
    rendition = models.ForeignKey(Rendition, on_delete=models.PROTECT, related_name="builds")
    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, related_name="builds")
    tracks_digest = models.CharField(
        max_length=64, help_text="SHA-256 over the sorted track checksums and observer labels"
    )
    tracks: models.ManyToManyField = models.ManyToManyField(Track, related_name="builds")
    simulated = models.BooleanField(default=False, help_text="Some of its observers are made up")

    report = models.JSONField(default=dict, blank=True)
    alignment = models.JSONField(
        default=dict, blank=True, help_text="Per observer: samples mapped, and those left out with the reason"
    )
    observers_used = models.PositiveIntegerField(null=True, blank=True)
    fixations_sha256 = models.CharField(max_length=64, blank=True)
    saliency_sha256 = models.CharField(max_length=64, blank=True)
    clip_sha256 = models.CharField(
        max_length=64, blank=True, help_text="The clip as released, where the recipe trims its tail"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "rendition", "recipe", "tracks_digest"], name="build_once_per_inputs"
            ),
        ]
        indexes = [models.Index(fields=["study", "recipe", "state"])]

    def __str__(self) -> str:
        return f"build {self.pk} of {self.rendition.stimulus.name}"


class ContentFeatures(models.Model):
    """What a rendition shows, in numbers; measured once, since a rendition never changes."""

    rendition = models.OneToOneField(Rendition, on_delete=models.CASCADE, related_name="content")
    features = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "content features"

    def __str__(self) -> str:
        return f"content of {self.rendition}"
