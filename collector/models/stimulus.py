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
        """The newest reference: the file that releases hold, and in whose pixels tracks are read."""
        return self.renditions.filter(tier=Rendition.Tier.FULL).order_by("-pk").first()

    def rendition_for(self, tier: str) -> "Rendition | None":
        """What a computer of `tier` is shown: that view of the newest reference, the next smaller one, or itself."""
        reference = self.rendition
        return reference and reference.view_for(tier)


class Rendition(models.Model):
    """One prepared file. Never changed: another preparation makes another rendition.

    A rendition of another tier than `FULL` is a view: the same frames as its reference, scaled down for computers
    that cannot draw them all. Tracks of its observers count for the reference.
    """

    class Tier(models.TextChoices):
        FULL = "full"
        FULL_HD = "1080p"
        HD = "720p"

    stimulus = models.ForeignKey(Stimulus, on_delete=models.CASCADE, related_name="renditions")
    tier = models.CharField(max_length=5, choices=Tier, default=Tier.FULL)
    reference = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="views",
        help_text="What this is a smaller view of; empty for a reference",
    )
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

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tier="full", reference=None)
                | ~models.Q(tier="full") & ~models.Q(reference=None),
                name="rendition_view_has_reference",
            ),
            models.UniqueConstraint(fields=["reference", "tier"], name="rendition_one_view_a_tier"),
        ]

    def __str__(self) -> str:
        return f"{self.stimulus.name} {self.width}x{self.height} {self.fps} fps"

    @property
    def of_reference(self) -> "Rendition":
        """The reference: itself, or what it is a view of."""
        return self.reference or self

    def view_for(self, tier: str) -> "Rendition":
        """Of this reference: the largest view that is no larger than `tier`, or itself where there is none."""
        wanted = self.Tier.values.index(tier)
        views = {view.tier: view for view in self.views.all()}
        fitting = (views[smaller] for smaller in self.Tier.values[wanted:] if smaller in views)
        return self if tier == self.Tier.FULL else next(fitting, self)

    @property
    def fps(self) -> Fraction:
        """Frame rate as an exact fraction of frames per second."""
        return Fraction(self.fps_num, self.fps_den)

    @property
    def duration_s(self) -> float:
        """Length of the picture in seconds."""
        return float(self.frames / self.fps)
