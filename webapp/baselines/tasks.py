"""Celery's door into training runs."""

from celery import shared_task

from webapp.baselines.services.supervising import run_make

A_WEEK_S = 7 * 24 * 3600


# Acknowledged at once: a run outlives every visibility timeout. The lease on its row says whether it is alive.
@shared_task(acks_late=False, time_limit=A_WEEK_S)
def baseline_run(run_id: int) -> None:
    """Train, predict and hand in one run."""
    run_make(run_id)
