"""A plan: what becomes of a study once its observers are there."""

from typing import Any

from django.db import models
from django.db.models import Q

from collector.models import Study
from processing.splits import AIM24_SHARES
from webapp.baselines.models import BaselineRun
from webapp.datasets.models import Build, Recipe, Release, Split

OPEN_STATES = ["waiting", "running", "stopped"]


def default_baselines() -> list[dict[str, Any]]:
    """The centre prior and the small net."""
    return [{"config": "center_prior"}, {"config": "small_net"}]


def default_shares() -> dict[str, str]:
    """Those of the AIM24 set."""
    return {part: str(share) for part, share in AIM24_SHARES.items()}


class Plan(models.Model):
    """Recipe, split, layout and baselines of a study, and how far they have come.

    The fields below `finished_at` only point at the rows that do the work; how far each is, is read there.
    """

    class Start(models.TextChoices):
        TARGET = "target", "when the target of observers is reached"
        ACTION = "action", "by hand"

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        STOPPED = "stopped", "stopped by a problem"
        DONE = "done"
        CANCELLED = "cancelled"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="plans")
    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, related_name="plans")
    seed = models.PositiveIntegerField(default=1, help_text="Seed of the split")
    shares = models.JSONField(
        default=default_shares, help_text="Share of each part, as fractions that add up to 1"
    )
    layout = models.CharField(max_length=10, choices=Release.Layout.choices, default=Release.Layout.AIM24)
    title = models.CharField(max_length=200, blank=True, help_text="Of the release; the study's when empty")
    baselines = models.JSONField(
        default=default_baselines,
        help_text='One object a run: "config", and if wanted "baseline" (name on the board) and "device"',
    )
    start = models.CharField(max_length=10, choices=Start.choices, default=Start.TARGET)

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING, db_index=True)
    problem = models.TextField(blank=True, help_text="Why it stopped, and what to do")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    builds: models.ManyToManyField = models.ManyToManyField(Build, related_name="plans", blank=True)
    split = models.ForeignKey(Split, on_delete=models.PROTECT, null=True, blank=True, related_name="plans")
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, blank=True, related_name="plans"
    )
    runs: models.ManyToManyField = models.ManyToManyField(BaselineRun, related_name="plans", blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["study"],
                condition=Q(state__in=OPEN_STATES),
                name="one_open_plan_per_study",
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.pk} of {self.study}"
