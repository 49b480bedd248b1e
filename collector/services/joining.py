"""Chunks become one raw track with a first verdict. Only workers do this: the file needs Arrow."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from collector import blobs, work
from collector.models import Track, TrackChunk, Trial, Verdict
from collector.protocol import MOVE, PROTOCOL_VERSION, read_chunk
from collector.services.tracks import first_verdict
from collector.tracks.columns import Arrival, Columns, join_chunks
from collector.tracks.file import SUFFIX, write_track
from processing.errors import BadInput


def track_join(trial_id: uuid.UUID | str) -> Track | None:
    """Join a settled trial's chunks into its raw track and judge it; None when there is nothing to do.

    May run twice and be killed anywhere: the file has its digest as its name, and the row, the track and the
    verdict appear in one transaction.
    """
    if not Trial.due().filter(pk=trial_id).exists():
        return None
    trial = work.claim(Trial, trial_id)
    if trial is None:
        return None
    try:
        columns = recorded_columns(trial)
        verdict = first_verdict(trial, columns)
        with blobs.scratch() as folder:
            path = folder / f"track{SUFFIX}"
            write_track(path, columns, _header(trial))
            blob = blobs.store("tracks", path)
    except BadInput as error:
        work.fail(trial, str(error), permanent=True)
        raise
    except Exception as error:
        work.fail(trial, f"{type(error).__name__}: {error}")
        raise
    with transaction.atomic():
        work.complete(trial)
        track = Track.objects.create(
            trial=trial,
            sha256=blob.sha256,
            bytes=blob.bytes,
            samples=len(columns["samples.t_us"]),
            moves=int((columns["samples.kind"] == MOVE).sum()),
            marks=len(columns["marks.t_us"]),
            chunk_digests=b"".join(bytes.fromhex(digest) for digest in columns["chunks.sha256"]),
        )
        rules = trial.slot.assignment.version.document.rules
        Verdict.objects.create(
            track=track, grade=verdict.grade, reasons=verdict.reasons, rules_fingerprint=rules.fingerprint()
        )
    return track


def recorded_columns(trial: Trial) -> Columns:
    """What the chunks of a trial say, and when they arrived."""
    chunks: Sequence[TrackChunk] = TrackChunk.objects.filter(trial=trial).order_by("number")
    return join_chunks(
        [read_chunk(bytes(chunk.body)) for chunk in chunks],
        [Arrival(chunk.number, chunk.received_at, chunk.sha256) for chunk in chunks],
    )


def _header(trial: Trial) -> dict[str, Any]:
    rendition = trial.rendition
    return {
        "protocol": PROTOCOL_VERSION,
        "trial": str(trial.pk),
        "attempt": trial.number,
        "rendition_sha256": rendition.sha256,
        "fps": f"{rendition.fps_num}/{rendition.fps_den}",
        "frames": rendition.frames,
        "width": rendition.width,
        "height": rendition.height,
        "virtual_clock": trial.virtual_clock,
        "units": {
            "t_us, t_shown_us": "microseconds, page clock",
            "media_us": "microseconds, media time",
            "cpx": "1/100 CSS px, client coordinates",
            "milli": "thousandths",
            "received_us": "microseconds since 1970, UTC, server clock",
        },
    }
