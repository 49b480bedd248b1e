"""A study, its frozen versions, and the stimuli that a version shows."""

from django.core.validators import RegexValidator
from django.db import models

from collector.models.stimulus import Stimulus
from collector.study_document import StudyDocument


class Study(models.Model):
    """A question asked of a crowd. What observers see is frozen in its versions."""

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        CLOSED = "closed"

    slug = models.SlugField(unique=True, validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$")])
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    simulated = models.BooleanField(
        default=False,
        help_text="Made-up observers with a virtual clock may take part; every product says so.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "studies"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title

    @property
    def version(self) -> "StudyVersion | None":
        """The version that new observers get."""
        return self.versions.order_by("-number").first()


class StudyVersion(models.Model):
    """A frozen study document and its hash. Changed settings make a new version."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    frozen_document = models.JSONField()
    document_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    stimuli: models.ManyToManyField = models.ManyToManyField(Stimulus, through="StudyStimulus")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="study_version_number_once"),
        ]
        ordering = ["study", "number"]

    def __str__(self) -> str:
        return f"{self.study.slug} v{self.number}"

    @property
    def document(self) -> StudyDocument:
        """The frozen document as a typed object."""
        return StudyDocument.model_validate(self.frozen_document)


class StudyStimulus(models.Model):
    """A stimulus that a version shows, or its practice clip."""

    version = models.ForeignKey(StudyVersion, on_delete=models.CASCADE, related_name="study_stimuli")
    stimulus = models.ForeignKey(Stimulus, on_delete=models.PROTECT, related_name="study_stimuli")
    practice = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "study stimuli"
        constraints = [
            models.UniqueConstraint(fields=["version", "stimulus"], name="stimulus_once_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.stimulus} in {self.version}"
