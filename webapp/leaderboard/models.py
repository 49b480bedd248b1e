"""Predictions handed in, and what the scorer said of them."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet

from collector.work import HANDED_OUT, OPEN_STATES, WorkRow
from webapp.datasets.models import Release, ReleaseItem

METRICS = ("auc_judd", "cc", "sim", "nss")


class Submission(models.Model):
    """Predicted saliency videos for one part of a release, packed as a zip of NAME.mp4."""

    class Kind(models.TextChoices):
        BASELINE = "baseline"
        TEAM = "team"

    class Subset(models.TextChoices):
        PUBLIC_TEST = "public_test", "public test"
        PRIVATE_TEST = "private_test", "private test"

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="submissions")
    subset = models.CharField(max_length=20, choices=Subset.choices, default=Subset.PUBLIC_TEST)
    name = models.CharField(max_length=80, help_text="Team or baseline, as the board shows it")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEAM)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="submissions"
    )
    predictions_sha256 = models.CharField(max_length=64, editable=False)
    predictions_bytes = models.PositiveBigIntegerField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} on {self.release} ({self.get_subset_display()})"


class Evaluation(WorkRow):
    """One scoring of a submission in one mode of the scorer; `Mode.CORRECTED` is that of a board of one's own.

    Its own work is to check the submission and take it apart; then it is handed out to its `ClipScore` rows.
    """

    task = "webapp.leaderboard.tasks.evaluation_run"
    queue = "evaluate"

    class Mode(models.TextChoices):
        COMPATIBLE = "compatible", "as the published AIM24 and NTIRE26 scorer"
        CROWDSAL = "crowdsal", "as CrowdSAL's published scorer"
        CORRECTED = "corrected", "the definitions, without the published scorers' faults"

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="evaluations")
    mode = models.CharField(max_length=12, choices=Mode.choices, default=Mode.CORRECTED)
    results = models.JSONField(
        default=dict, blank=True, help_text="The document that `cursal evaluate` writes"
    )
    baseline_sha256 = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Where people look in the clips of the part, for a mode that asks for it",
    )
    auc_judd = models.FloatField(null=True, blank=True)
    cc = models.FloatField(null=True, blank=True)
    sim = models.FloatField(null=True, blank=True)
    nss = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "mode"], name="evaluation_once_per_mode"),
        ]

    def __str__(self) -> str:
        return f"{self.submission}, {self.mode}"

    def parts(self) -> QuerySet["ClipScore"]:
        return self.clip_scores.all()

    @classmethod
    def due(cls) -> QuerySet:
        """Those to take apart, and those whose last clip is over while whoever finished it died."""
        clips = ClipScore.objects.filter(evaluation=OuterRef("pk"))
        is_open = Exists(clips.filter(state__in=OPEN_STATES))
        return super().due() | cls.objects.filter(HANDED_OUT & Exists(clips) & ~is_open)

    @property
    def scores(self) -> dict[str, float | None]:
        """Means over the videos, by metric; None before the evaluation is done."""
        return {metric: getattr(self, metric) for metric in METRICS}


class ClipScore(WorkRow):
    """One clip of an evaluation: the work of one task, so that a killed worker costs one clip.

    The curves are what both means are made of; they go once the evaluation is done, and its document has the rest.
    """

    task = "webapp.leaderboard.tasks.clip_score_run"
    queue = "evaluate"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="clip_scores")
    item = models.ForeignKey(ReleaseItem, on_delete=models.PROTECT, related_name="clip_scores")
    prediction_sha256 = models.CharField(max_length=64, editable=False)
    curves = models.JSONField(default=dict, blank=True, help_text="Metric -> value of every scored frame")
    warnings = models.JSONField(default=list, blank=True, help_text="What a reader of its scores must know")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "item"], name="clip_once_per_evaluation")
        ]

    def __str__(self) -> str:
        return f"{self.item.name} of {self.evaluation}"
