"""Celery's doors into capture. Each takes one id, claims the row, and may run twice."""

import uuid

from celery import shared_task

from collector.models import Stimulus, Suspicion, Trial
from collector.services import joining, preparation, retention, suspicions, trials


@shared_task
def stimulus_prepare(stimulus_id: int) -> None:
    """Make the rendition of one stimulus."""
    preparation.stimulus_prepare(stimulus_id)


@shared_task
def track_join(trial_id: str) -> None:
    """Join one trial's chunks, and have the track looked at."""
    track = joining.track_join(uuid.UUID(trial_id))
    suspicion = Suspicion.objects.filter(track=track).first() if track else None
    if suspicion:
        suspicion.enqueue()


@shared_task
def track_examine(suspicion_id: int) -> None:
    """Look for what speaks against one track."""
    suspicions.track_examine(suspicion_id)


@shared_task
def sweep() -> None:
    """Put in line what nobody enqueued, and give up what nobody will finish."""
    trials.trials_abandon_stale()
    trials.trials_close_abandoned()
    Stimulus.enqueue_due()
    Trial.enqueue_due()
    Suspicion.enqueue_due()


@shared_task
def drop_chunks() -> None:
    """Drop chunks that a raw track holds by now."""
    retention.chunks_drop_due()
