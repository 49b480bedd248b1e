"""Exports of raw tracks are asked for, and their files dropped in time; `exporting.py` writes them."""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from collector import blobs
from collector.models import Study, TrackExport
from collector.work import WorkState
from processing.errors import BadInput

log = logging.getLogger(__name__)
ALIAS = "products"
UNDER_WAY = [WorkState.WAITING, WorkState.RUNNING]


@transaction.atomic
def export_request(*, study: Study, kind: str, practice: bool = False, asked_by: str = "") -> TrackExport:
    """Ask for the tracks of a study as they stand; what is on its way already is not asked for twice.

    Raises BadInput when the format is unknown.
    """
    if kind not in TrackExport.Kind.values:
        raise BadInput(f"there is no format {kind!r}: choose one of {', '.join(TrackExport.Kind.values)}")
    Study.objects.select_for_update().get(pk=study.pk)  # two presses of a button are one after the other
    wished = TrackExport.objects.filter(study=study, kind=kind, practice=practice)
    waiting = wished.filter(state__in=UNDER_WAY).first()
    return waiting or TrackExport.objects.create(study=study, kind=kind, practice=practice, asked_by=asked_by)


def exports_drop_old() -> int:
    """Delete the files of exports that are older than settings.EXPORTS_KEPT_H; returns how many.

    Each archive holds its own number, so no two rows share a file. A store that is out of reach is tried again.
    """
    before = timezone.now() - dt.timedelta(hours=settings.EXPORTS_KEPT_H)
    old = TrackExport.objects.filter(dropped_at=None, finished_at__lt=before).exclude(sha256="")
    dropped = 0
    for export in old:
        try:
            blobs.remove(ALIAS, export.sha256)
        except OSError as error:
            log.warning("the file of export %s stays for now: %s", export.pk, error)
            continue
        TrackExport.objects.filter(pk=export.pk).update(dropped_at=timezone.now())
        dropped += 1
    return dropped
