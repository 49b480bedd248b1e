"""What speaks for a track being forged or replayed, alone and beside the others of its stimulus.

Nothing is rejected by it: a person looks at what stands out. Only workers do this.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q

from collector import work
from collector.models import Likeness, Suspicion, Trial
from collector.tracks.columns import Columns, raw_track
from collector.tracks.file import fetch_columns
from processing.align import RawTrack, align
from processing.errors import BadInput
from processing.plausibility import (
    Clip,
    CoarsePath,
    Copy,
    Rules,
    Upload,
    coarse_path,
    combined,
    examine,
    find_copies,
)

RULES = Rules()


def track_examine(suspicion_id: int) -> Suspicion | None:
    """Look at one track; None when somebody else does, or has.

    Its path is committed before others' are read: of two tracks that are looked at together, at least one sees the
    other. May run twice and be killed anywhere. A store that is away is waited for, however long it takes.
    """
    row = work.claim(Suspicion, suspicion_id)
    if row is None:
        return None
    try:
        trial = row.track.trial
        header, columns = fetch_columns(row.track.sha256)
        raw = raw_track(columns)
        reasons = examine(
            raw,
            Clip(trial.rendition.fps, trial.rendition.frames),
            upload=None if trial.virtual_clock else _upload(header, columns),
            screen_px=_screen_px(columns),
            rules=RULES,
        )
        work.write(row, path=_path(raw, trial).astype("<i2").tobytes())
        likenesses = _likenesses(row)
    except BadInput as error:
        work.fail(row, str(error), permanent=True)
        raise
    except Exception as error:
        work.give_back(row, error)
        raise
    concerned = {row.track_id, *(track for one in likenesses for track in (one.track_id, one.other_id))}
    with transaction.atomic():
        # All at once and in one order, this one's row too, before any is written: otherwise two workers who found
        # the same pair could each hold the row that the other waits for.
        rows = list(Suspicion.objects.select_for_update().filter(track__in=concerned).order_by("pk"))
        Likeness.objects.bulk_create(likenesses, ignore_conflicts=True)
        documents = [reason.document() for reason in reasons]
        work.complete(row, reasons=documents, rules_fingerprint=RULES.fingerprint())
        _score([row if one.pk == row.pk else one for one in rows])
    row.refresh_from_db()
    return row


def _upload(header: dict[str, Any], columns: Columns) -> Upload:
    return Upload(
        opened_us=header["opened_us"],
        received_us=columns["chunks.received_us"],
        until_us=columns["chunks.until_us"],
        finished_us=None if header["interruption"] else header["finished_us"],
    )


def _screen_px(columns: Columns) -> float:
    """CSS px of the largest device pixel that there was: above 1 on a page that is zoomed out."""
    dpr = columns["viewports.dpr_milli"]
    return float(1000 / dpr[dpr > 0].min()) if (dpr > 0).any() else 1.0


def _path(raw: RawTrack, trial: Trial) -> CoarsePath:
    reference = trial.rendition.of_reference
    try:
        track, _ = align(raw, str(trial.pk), reference.fps, reference.width, reference.height)
    except BadInput:
        return np.empty((0, 2), np.int16)  # what cannot be aligned cannot be compared; the verdict says so
    return coarse_path(track, reference.duration_s, reference.width, reference.height)


def _likenesses(row: Suspicion) -> list[Likeness]:
    """Of which tracks of its stimulus this one is a copy, or they of it."""
    own = np.frombuffer(row.path, "<i2").reshape(-1, 2)
    others = list(
        Suspicion.objects.filter(track__trial__slot__stimulus=row.track.trial.slot.stimulus_id)
        .exclude(pk=row.pk)
        .exclude(path=b"")
        .order_by("pk")
        .values_list("track_id", "path", "track__trial__created_at")
    )
    if not len(own) or not others:
        return []
    paths = [np.frombuffer(path, "<i2").reshape(-1, 2) for _, path, _ in others]
    found = []
    for copy in find_copies(own, paths, rules=RULES):
        track_id, _, recorded_at = others[copy.index]
        is_later = row.track.trial.created_at >= recorded_at
        pair = (row.track_id, track_id) if is_later else (track_id, row.track_id)
        found.append(
            Likeness(
                track_id=pair[0],
                other_id=pair[1],
                strength=round(copy.strength, 4),
                found=_document(copy, 1 if is_later else -1),
                rules_fingerprint=RULES.fingerprint(),
            )
        )
    return found


def _document(copy: Copy, direction: int) -> dict[str, Any]:
    return {
        "shift_s": round(direction * copy.shift_s, 2),
        "mirrored": copy.mirrored,
        "reversed": copy.reversed,
        "distance_share": round(copy.distance_share, 5),
        "time_share": round(copy.time_share, 4),
    }


def _score(rows: Iterable[Suspicion]) -> None:
    """Write the score of locked rows from what is known of them; the strongest likeness counts, not their number."""
    for row in rows:
        alike = Likeness.objects.filter(Q(track=row.track_id) | Q(other=row.track_id))
        strongest = max(alike.values_list("strength", flat=True), default=0.0)
        row.score = round(combined([*(reason["strength"] for reason in row.reasons), strongest]), 4)
        row.save(update_fields=["score"])
