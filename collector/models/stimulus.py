"""What can be shown: a stimulus, and the files prepared from it."""

from fractions import Fraction

from django.core.validators import RegexValidator
from django.db import models

from collector.work import WorkRow

NAME_RULE = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$", "Use letters, digits, '-' and '_' only (at most 80)."
)


class Stimulus(WorkRow):
    """A video's identity, source and licence. It belongs to no study.

    As a work row it stands for its own preparation: the upload waits until a worker has made a rendition of it.
    """

    task = "collector.tasks.stimulus_prepare"
    queue = "ingest"

    name = models.CharField(max_length=80, unique=True, validators=[NAME_RULE])
    title = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=80, blank=True, help_text="SPDX id, e.g. CC-BY-4.0 or CC0-1.0")
    attribution = models.CharField(max_length=300, blank=True)
    source_url = models.URLField(blank=True, max_length=500)
    synthetic = models.BooleanField(default=False, help_text="Made by Cursal, with known truth")
    original_sha256 = models.CharField(max_length=64, help_text="The file as it was uploaded, never touched")
    original_name = models.CharField(max_length=200, blank=True)
    original_bytes = models.PositiveBigIntegerField(default=0)
    preparation = models.JSONField(default=dict, blank=True, help_text="Requested fps and size")
    closed_reason = models.CharField(max_length=200, blank=True, help_text="Not shown any more, and why")

    class Meta:
        verbose_name_plural = "stimuli"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def rendition(self) -> "Rendition | None":
        """The newest prepared file, which new trials show."""
        return self.renditions.order_by("-pk").first()


class Rendition(models.Model):
    """One prepared file. Never changed: another preparation makes another rendition."""

    stimulus = models.ForeignKey(Stimulus, on_delete=models.CASCADE, related_name="renditions")
    sha256 = models.CharField(max_length=64, unique=True)
    bytes = models.PositiveBigIntegerField()
    fps_num = models.PositiveIntegerField()
    fps_den = models.PositiveIntegerField()
    frames = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    has_audio = models.BooleanField(default=False)
    settings = models.JSONField(default=dict, help_text="How it was made, and what was changed on the way")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.stimulus.name} {self.width}x{self.height} {self.fps} fps"

    @property
    def fps(self) -> Fraction:
        """Frame rate as an exact fraction of frames per second."""
        return Fraction(self.fps_num, self.fps_den)

    @property
    def duration_s(self) -> float:
        """Length of the picture in seconds."""
        return float(self.frames / self.fps)
