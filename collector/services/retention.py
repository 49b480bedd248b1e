"""Chunks are dropped once the raw track is known to hold them."""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from collector import blobs
from collector.models import Track, TrackChunk, Trial
from collector.services.joining import recorded_columns
from collector.tracks.columns import first_difference
from collector.tracks.file import fetch_columns
from processing.errors import BadInput

log = logging.getLogger(__name__)
BATCH = 500  # of a sweep every minute: a few seconds of work


def chunks_drop_due(*, limit: int = BATCH) -> int:
    """Drop the chunks of tracks that are older than settings.CHUNKS_KEPT_H; returns of how many tracks.

    A track whose file cannot be read, or says something else than its chunks, keeps them and says why; the store
    being out of reach is no damage and is tried again.
    """
    before = timezone.now() - dt.timedelta(hours=settings.CHUNKS_KEPT_H)
    tracks = Track.objects.filter(chunks_dropped_at=None, damage="", created_at__lt=before)
    dropped = 0
    for track in tracks.order_by("created_at")[:limit]:
        try:
            dropped += chunks_drop(track=track)
        except OSError as error:
            log.warning("the chunks of trial %s stay for now: %s", track.trial_id, error)
    return dropped


def chunks_drop(*, track: Track) -> bool:
    """Read the stored file back, compare it with the chunks, and delete them when it says the same.

    Returns whether they are gone. May run twice and beside itself. Raises OSError when the store cannot be reached.
    """
    with transaction.atomic():
        # The lock keeps chunks from arriving, and a second run from comparing with half of them.
        trial = Trial.objects.select_for_update().get(pk=track.trial_id)
        track = Track.objects.get(pk=track.pk)
        if track.chunks_dropped_at is not None:
            return True
        if damage := _damage(track, trial):
            log.error("the chunks of trial %s are kept: %s", trial.pk, damage)
            Track.objects.filter(pk=track.pk).update(damage=damage[:300])
            return False
        TrackChunk.objects.filter(trial=trial).delete()
        Track.objects.filter(pk=track.pk).update(chunks_dropped_at=timezone.now(), damage="")
    return True


def _damage(track: Track, trial: Trial) -> str:
    """Why the stored file cannot stand for the chunks; empty when it can."""
    try:
        header, stored = fetch_columns(track.sha256)
    except FileNotFoundError:
        return "the file is missing from the track store; restore it from a backup"
    except (blobs.BlobDamaged, BadInput) as error:
        return str(error)
    if header.get("trial") != str(trial.pk):
        return f"the file belongs to trial {header.get('trial')}"
    difference = first_difference(stored, recorded_columns(trial))
    return f"the file and the chunks differ in {difference}" if difference else ""
