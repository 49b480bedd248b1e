"""Celery's door into the board."""

from celery import shared_task

from webapp.leaderboard.services.scoring import evaluation_make


@shared_task(queue="evaluate")
def evaluation_run(evaluation_id: int) -> None:
    """Score one submission in one mode."""
    evaluation_make(evaluation_id)
