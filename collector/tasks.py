"""Celery's doors into capture. Each takes one id, claims the row, and may run twice."""

import uuid

from celery import shared_task

from collector.models import Stimulus, Suspicion, TrackExport, Trial
from collector.services import (
    exporting,
    exports,
    joining,
    preparation,
    retention,
    returning,
    suspicions,
    trials,
)

A_DAY_S = 24 * 3600  # hundreds of thousands of tracks


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


# The lease on the row, not the broker, keeps two workers apart.
@shared_task(queue=TrackExport.queue, time_limit=A_DAY_S)
def export_run(export_id: int) -> None:
    """Write one export of tracks."""
    exporting.export_make(export_id)


@shared_task
def sweep() -> None:
    """Put in line what nobody enqueued, and give up what nobody will finish."""
    returning.visits_close_expired()
    trials.trials_abandon_stale()
    trials.trials_close_abandoned()
    Stimulus.enqueue_due()
    Trial.enqueue_due()
    Suspicion.enqueue_due()
    TrackExport.enqueue_due()


@shared_task
def drop_chunks() -> None:
    """Drop chunks that a raw track holds by now, and files of exports that have had their time."""
    retention.chunks_drop_due()
    exports.exports_drop_old()
