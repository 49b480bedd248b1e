"""Celery's doors into capture. Each takes one id, claims the row, and may run twice."""

import uuid

from celery import shared_task

from collector import work
from collector.models import Stimulus, Trial
from collector.services import preparation, tracks, trials

SWEEP_LIMIT = 500  # rows a sweep puts in line at once; the next sweep takes the rest


@shared_task(queue="ingest")
def stimulus_prepare(stimulus_id: int) -> None:
    """Make the rendition of one stimulus."""
    preparation.stimulus_prepare(stimulus_id)


@shared_task(queue="ingest")
def track_join(trial_id: str) -> None:
    """Join one trial's chunks."""
    tracks.track_join(uuid.UUID(trial_id))


@shared_task(queue="ingest")
def sweep() -> None:
    """Put in line what nobody enqueued, and give up what nobody will finish."""
    trials.trials_abandon_stale()
    settled = [Trial.Phase.FINISHED, Trial.Phase.INTERRUPTED]
    for stimulus_id in work.due(Stimulus).values_list("pk", flat=True)[:SWEEP_LIMIT]:
        stimulus_prepare.delay(stimulus_id)
    waiting = work.due(Trial).filter(phase__in=settled, chunks__isnull=False).distinct()
    for trial_id in waiting.values_list("pk", flat=True)[:SWEEP_LIMIT]:
        track_join.delay(str(trial_id))
