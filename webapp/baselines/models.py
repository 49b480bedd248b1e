"""A training run of a baseline on a release, supervised as a subprocess."""

from django.db import models
from django.db.models import Q

from collector.work import WorkRow, WorkState
from webapp.datasets.models import Release
from webapp.leaderboard.models import Submission


class BaselineRun(WorkRow):
    """Train a baseline, predict a part of the release, hand the predictions in."""

    task = "webapp.baselines.tasks.baseline_run"
    queue = "train"

    # The fact which says that weights_sha256 is a packed run folder. Runs of before have the weights alone there.
    STORED = "storing finished"

    class Device(models.TextChoices):
        ANY = "any", "any: a GPU when there is one"
        GPU = "gpu", "GPU: waits for one"
        CPU = "cpu", "CPU"

    class Phase(models.TextChoices):
        WAITING = "waiting"
        FETCHING = "fetching", "fetching the release"
        PREPARE = "prepare", "preparing the clips"
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
    validation = models.JSONField(
        default=list, blank=True, help_text="Objects with step, best so far or not, and a score a metric"
    )
    samples = models.JSONField(
        default=list, blank=True, help_text="The last pictures with truth and prediction: step, sha256"
    )
    parameters = models.BigIntegerField(null=True, blank=True)
    parameters_trainable = models.BigIntegerField(null=True, blank=True)
    gflop_per_frame = models.FloatField(
        null=True, blank=True, help_text="A multiplication with its addition is 2"
    )
    ms_per_frame = models.FloatField(null=True, blank=True, help_text="Measured where it was trained")
    memory_mb = models.FloatField(null=True, blank=True, help_text="Peak while training")
    place = models.CharField(max_length=200, blank=True, help_text="Machine and device of the last attempt")
    gpu = models.CharField(
        max_length=80,
        blank=True,
        editable=False,
        help_text="The GPU that this run holds, until it lets go or its lease runs out",
    )
    kept_sha256 = models.CharField(
        max_length=64,
        blank=True,
        help_text="What another machine needs to go on: checkpoint and record, as a tar",
    )
    kept_bytes = models.PositiveBigIntegerField(default=0)
    kept_at = models.DateTimeField(null=True, blank=True)
    exit_status = models.IntegerField(null=True, blank=True)
    log_tail = models.TextField(blank=True)
    log_sha256 = models.CharField(max_length=64, blank=True)
    weights_sha256 = models.CharField(max_length=64, blank=True)
    submission = models.OneToOneField(
        Submission, on_delete=models.SET_NULL, null=True, blank=True, related_name="run"
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["gpu"], condition=~Q(gpu=""), name="run_one_per_gpu"),
        ]

    @property
    def unit(self) -> str:
        """What its progress counts."""
        return "frames" if self.phase == self.Phase.PREDICT else "steps"

    @property
    def resumable(self) -> bool:
        """Whether it was stopped with something to go on from."""
        return self.state in (WorkState.FAILED, WorkState.CANCELLED) and bool(self.kept_sha256)

    @property
    def weights_packed(self) -> bool:
        """Whether the stored weights are a run folder as a ZIP, which predicts; else they are a safetensors file."""
        return self.STORED in self.facts

    @property
    def weights_name(self) -> str:
        """The name under which the stored weights are downloaded."""
        return f"{self.config}-run-{self.pk}.{'zip' if self.weights_packed else 'safetensors'}"

    def __str__(self) -> str:
        return f"{self.baseline} on {self.release}"
