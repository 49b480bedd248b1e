"""Celery's door into the board."""

from celery import shared_task

from webapp.leaderboard.services.scoring import evaluation_make

A_DAY_S = 24 * 3600  # hundreds of Full HD clips, at about twenty frames a second


# The lease on the row, not the broker, keeps two workers apart, so that this may outlive the visibility timeout.
@shared_task(time_limit=A_DAY_S)
def evaluation_run(evaluation_id: int) -> None:
    """Score one submission in one mode."""
    evaluation_make(evaluation_id)
