"""The sweep: plans go on, and rows that nobody enqueued find their queue."""

from celery import shared_task

from webapp.baselines.models import BaselineRun
from webapp.datasets.models import Build, Release
from webapp.leaderboard.models import ClipScore, Evaluation
from webapp.plans.models import OPEN_STATES, Plan
from webapp.plans.services import plan_advance


@shared_task
def sweep() -> None:
    """Take open plans a step further; enqueue waiting rows, and those whose worker died."""
    for plan_id in Plan.objects.filter(state__in=OPEN_STATES).values_list("pk", flat=True):
        plan_advance(plan_id)
    for model in (Build, Release, BaselineRun, Evaluation, ClipScore):
        model.enqueue_due()
