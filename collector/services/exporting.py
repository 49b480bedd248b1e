"""A claimed export becomes an archive. Only workers import this file."""

import json
from pathlib import Path
from typing import Any

from django.utils import timezone

from collector import blobs, work
from collector.attempts import PacedProgress, attempt
from collector.export.archive import pack
from collector.export.selection import tracks_of
from collector.export.study import Exported, export_study
from collector.models import TrackExport
from collector.services.exports import ALIAS


def export_make(export_id: int) -> None:
    """Write a waiting export; nothing happens when it is done, cancelled, or in somebody's hands.

    A track at a time in memory; the tables lie in the scratch folder until they are packed.
    """
    export = work.claim(TrackExport, export_id)
    if export is None:
        return
    with attempt(export) as trying:
        folder = trying.folder / export.filename.removesuffix(".zip")
        exported = export_study(
            export.study, folder, export.kind, practice=export.practice, on_track=_counter(export)
        )
        _write_about(folder / "export.json", export, exported)
        archive = pack(folder, trying.folder / export.filename, compress=export.kind == TrackExport.Kind.CSV)
        blob = blobs.store(ALIAS, archive)
        work.complete(
            export,
            sha256=blob.sha256,
            bytes=blob.bytes,
            tracks=exported.tracks,
            unreadable=len(exported.troubles),
            dropped_at=None,
        )


def _counter(export: TrackExport) -> Any:
    """Called after each track: tells the row how far it is."""
    total = tracks_of(export.study, practice=export.practice).count()
    tell = PacedProgress(export)
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        tell(min(done, total), max(done, total))  # tracks that come in meanwhile are written too

    return count


def _write_about(path: Path, export: TrackExport, exported: Exported) -> None:
    """export.json: what the archive holds, and as of when. Its number keeps the bytes of two exports apart."""
    about = {
        "export": export.pk,
        "study": export.study.slug,
        "title": export.study.title,
        "format": export.kind,
        "practice": export.practice,
        "simulated": export.study.simulated,
        "tracks": exported.tracks,
        "troubles": exported.troubles,
        "written_at": timezone.now().isoformat(),
    }
    path.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
