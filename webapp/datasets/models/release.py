"""A release: a numbered, immutable dataset, as two archives."""

from django.db import models

from collector.models import Study
from collector.work import WorkRow
from webapp.datasets.models.build import Build
from webapp.datasets.models.recipe import Recipe
from webapp.datasets.models.split import Split


class Release(WorkRow):
    """One version of a study's dataset: a public archive, and the private truth for the scorer."""

    task = "webapp.datasets.tasks.release_run"
    queue = "build"

    class Layout(models.TextChoices):
        AIM24 = "AIM24", "AIM24 (AViMoS)"
        NTIRE26 = "NTIRE26", "NTIRE26"
        CROWDSAL = "CrowdSAL", "CrowdSAL"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField(help_text="Version of the dataset, from 1")
    layout = models.CharField(max_length=10, choices=Layout.choices, default=Layout.AIM24)
    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, related_name="releases")
    split = models.ForeignKey(Split, on_delete=models.PROTECT, related_name="releases")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    simulated = models.BooleanField(default=False)
    contents_digest = models.CharField(
        max_length=64, editable=False, help_text="SHA-256 over builds, parts, recipe and layout"
    )

    public_sha256 = models.CharField(max_length=64, blank=True)
    public_bytes = models.PositiveBigIntegerField(default=0)
    private_sha256 = models.CharField(max_length=64, blank=True)
    private_bytes = models.PositiveBigIntegerField(default=0)
    summary = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["study", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="release_number_once"),
            models.UniqueConstraint(fields=["study", "contents_digest"], name="release_once_per_contents"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    @property
    def slug(self) -> str:
        """Name of its archives and of its page."""
        return f"{self.study.slug}-v{self.number}"


class ReleaseItem(models.Model):
    """One clip of a release: which build it takes, and which part it lies in."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="items")
    build = models.ForeignKey(Build, on_delete=models.PROTECT, related_name="release_items")
    name = models.CharField(max_length=80)
    part = models.CharField(max_length=20)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["release", "name"], name="name_once_per_release")]

    def __str__(self) -> str:
        return f"{self.name} ({self.part})"
