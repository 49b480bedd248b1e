"""An export of a study's raw tracks, asked for on the site and written by a worker."""

from django.db import models

from collector.models.study import Study
from collector.work import WorkRow


class TrackExport(WorkRow):
    """One archive with the tidy tables of a study's raw tracks, as they stood when it was written.

    It is a copy that no later withdrawal reaches, so its file is dropped after some days; the row stays.
    """

    task = "collector.tasks.export_run"
    queue = "build"

    class Kind(models.TextChoices):
        CSV = "csv", "CSV"
        PARQUET = "parquet", "Parquet"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="track_exports")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    practice = models.BooleanField(default=False, help_text="With the practice clips")
    asked_by = models.CharField(max_length=150, blank=True)
    tracks = models.PositiveIntegerField(default=0)
    unreadable = models.PositiveIntegerField(
        default=0, help_text="Tracks whose row says why nothing was read"
    )
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the archive among the products")
    bytes = models.PositiveBigIntegerField(default=0)
    dropped_at = models.DateTimeField(null=True, blank=True, help_text="When its file was deleted")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"tracks of {self.study.slug} as {self.get_kind_display()}"

    @property
    def filename(self) -> str:
        """Name that the archive is saved under."""
        return f"{self.study.slug}-tracks-{self.pk}-{self.kind}.zip"
