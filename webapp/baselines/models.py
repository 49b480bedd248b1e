"""A training run of a baseline on a release, supervised as a subprocess."""

from django.db import models

from collector.work import WorkRow
from webapp.datasets.models import Release
from webapp.leaderboard.models import Submission


class BaselineRun(WorkRow):
    """Train a baseline, predict a part of the release, hand the predictions in."""

    task = "webapp.baselines.tasks.baseline_run"
    queue = "train"

    class Device(models.TextChoices):
        ANY = "any", "any: a GPU when there is one"
        GPU = "gpu", "GPU: waits for one"
        CPU = "cpu", "CPU"

    class Phase(models.TextChoices):
        WAITING = "waiting"
        FETCHING = "fetching", "fetching the release"
        TRAIN = "train", "training"
        PREDICT = "predict", "predicting"
        STORING = "storing", "storing the predictions"
        FINISHED = "finished"

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="runs")
    baseline = models.CharField(max_length=80, help_text="Name on the board, e.g. center_prior or small_net")
    config = models.CharField(max_length=80, help_text="Name of a configuration of `python -m training`")
    subset = models.CharField(
        max_length=20, choices=Submission.Subset.choices, default=Submission.Subset.PUBLIC_TEST
    )
    device = models.CharField(max_length=4, choices=Device.choices, default=Device.ANY)

    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.WAITING)
    waiting_for = models.CharField(max_length=200, blank=True, help_text="What it needs before it can start")
    loss = models.FloatField(null=True, blank=True)
    curve = models.JSONField(default=list, blank=True, help_text="Pairs (step, loss)")
    facts = models.JSONField(
        default=dict, blank=True, help_text="What the program said when it started and when it finished"
    )
    exit_status = models.IntegerField(null=True, blank=True)
    log_tail = models.TextField(blank=True)
    log_sha256 = models.CharField(max_length=64, blank=True)
    weights_sha256 = models.CharField(max_length=64, blank=True)
    submission = models.OneToOneField(
        Submission, on_delete=models.SET_NULL, null=True, blank=True, related_name="run"
    )

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.baseline} on {self.release}"
