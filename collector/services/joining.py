"""Chunks become one raw track with a first verdict. Only workers do this: the file needs Arrow."""

import uuid
from typing import Any

from django.db import transaction

from collector import blobs, work
from collector.models import Suspicion, Track, TrackChunk, Trial, Verdict
from collector.models.track import DIGEST_BYTES
from collector.protocol import MOVE, PROTOCOL_VERSION, read_chunk
from collector.services.tracks import first_verdict
from collector.tracks.columns import Arrival, Columns, epoch_us, join_chunks
from collector.tracks.file import SUFFIX, write_track
from processing.errors import BadInput

UNITS = {
    "t_us, t_shown_us, until_us": "microseconds, page clock",
    "media_us": "microseconds, media time",
    "*_cpx": "1/100 CSS px, client coordinates",
    "*_milli": "thousandths",
    "window_*, screen_*": "CSS px",
    "width, height": "px of the reference",
    "received_us, opened_us, finished_us": "microseconds since 1970 UTC, server clock",
}


def track_join(trial_id: uuid.UUID | str) -> Track | None:
    """Join a settled trial's chunks into its raw track and judge it; None when there is nothing to do.

    May run twice and be killed anywhere: the file has its digest as its name, and the row, the track and the
    verdict appear in one transaction. A store that is full or away is waited for, however long it takes.
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
        work.give_back(trial, error)
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
            chunk_digests=_digests(columns),
        )
        rules = trial.slot.assignment.version.document.rules
        Verdict.objects.create(
            track=track, grade=verdict.grade, reasons=verdict.reasons, rules_fingerprint=rules.fingerprint()
        )
        if not trial.slot.practice:
            Suspicion.objects.create(track=track)
    return track


def recorded_columns(trial: Trial) -> Columns:
    """What the chunks of a trial say, and when they arrived."""
    rows = TrackChunk.objects.filter(trial=trial).order_by("number")
    chunks = [(read_chunk(bytes(row.body)), row) for row in rows]
    return join_chunks(
        (chunk for chunk, _ in chunks),
        (Arrival.of(chunk, row.received_at, row.sha256) for chunk, row in chunks),
    )


def _digests(columns: Columns) -> bytes:
    """SHA-256 of chunk 0, 1, … one after the other; zeros where a chunk never came."""
    digests = dict(zip(columns["chunks.number"].tolist(), columns["chunks.sha256"], strict=True))
    return b"".join(
        bytes.fromhex(digests[number]) if number in digests else bytes(DIGEST_BYTES)
        for number in range(max(digests, default=-1) + 1)
    )


def _header(trial: Trial) -> dict[str, Any]:
    """What a reader of the file has to know; sizes are those of the reference, in whose pixels tracks are read."""
    shown, reference = trial.rendition, trial.rendition.of_reference
    finished = trial.finished_by_page_at
    return {
        "protocol": PROTOCOL_VERSION,
        "trial": str(trial.pk),
        "attempt": trial.number,
        "stimulus": trial.slot.stimulus.name,
        "observer": trial.slot.assignment.observer.label,
        "rendition_sha256": shown.sha256,
        "reference_sha256": reference.sha256,
        "fps": f"{reference.fps_num}/{reference.fps_den}",
        "frames": reference.frames,
        "width": reference.width,
        "height": reference.height,
        "virtual_clock": trial.virtual_clock,
        "opened_us": epoch_us(trial.created_at),
        "finished_us": None if finished is None else epoch_us(finished),
        "interruption": trial.interruption,
        "summary": trial.summary,
        "drawing": trial.drawing,
        "units": UNITS,
    }
