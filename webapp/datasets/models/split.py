"""Which clips are for training, which for the public test, which for the private one."""

from django.db import models

from collector.models import Study
from processing.layouts import PARTS


class Split(models.Model):
    """A frozen division of a study's clips, stratified by content."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="splits")
    seed = models.PositiveIntegerField()
    shares = models.JSONField(help_text="Share of each part, as fractions")
    document = models.JSONField(help_text="Names of each part")
    report = models.JSONField(default=dict, blank=True)
    fingerprint = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "fingerprint"], name="split_once_per_study"),
        ]

    def __str__(self) -> str:
        counts = " + ".join(str(len(self.document.get(part, ()))) for part in PARTS)
        return f"split {self.pk} of {self.study.slug}: {counts} clips"

    @property
    def part_of(self) -> dict[str, str]:
        """Part of each name."""
        return {name: part for part, names in self.document.items() for name in names}
