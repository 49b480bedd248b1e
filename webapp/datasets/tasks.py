"""Celery's doors into datasets. Each takes one id, claims the row, and may run twice."""

from celery import shared_task

from webapp.datasets.services.building import build_make
from webapp.datasets.services.publishing import release_make

A_DAY_S = 24 * 3600  # thousands of clips, copied and packed


@shared_task
def build_run(build_id: int) -> None:
    """Make one build."""
    build_make(build_id)


# The lease on the row, not the broker, keeps two workers apart, so that this may outlive the visibility timeout.
@shared_task(time_limit=A_DAY_S)
def release_run(release_id: int) -> None:
    """Write one release."""
    release_make(release_id)
