"""A whole study as a folder of tables."""

import json
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from collector import blobs
from collector.export.dictionary import TABLES, write_dictionary
from collector.export.files import FORMATS, TableFile
from collector.export.selection import Judged, tracks_one_by_one
from collector.export.tables import Clip, Rows, tables_of
from collector.models import Study, Track
from collector.tracks.file import fetch_columns
from processing.errors import BadInput
from processing.work_folder import work_folder

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


@dataclass(frozen=True)
class Exported:
    """How many tracks were written, and a line for each that could not be read."""

    tracks: int
    troubles: list[str]


def export_study(
    study: Study,
    folder: Path,
    kind: str,
    *,
    practice: bool = False,
    on_track: Callable[[], None] = lambda: None,
) -> Exported:
    """Write samples, marks, viewports, events and trials of a study into `folder`, a track at a time.

    The folder appears when all is written. A track that cannot be read has a row in trials that says why. Raises
    BadInput when the folder is in use or the format is unknown.
    """
    if kind not in FORMATS:
        raise BadInput(f"there is no format {kind!r}: choose one of {', '.join(FORMATS)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is not empty: name a new folder")
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with work_folder(folder.parent, prefix=f".{folder.name}.", suffix=".exporting") as beside:
        unfinished = beside / folder.name
        unfinished.mkdir()
        exported = _write(study, unfinished, kind, practice, on_track)
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    return exported


def _write(study: Study, folder: Path, kind: str, practice: bool, on_track: Callable[[], None]) -> Exported:
    count, troubles = 0, []
    with ExitStack() as stack:
        files = {table: stack.enter_context(closing(TableFile(folder, table, kind))) for table in TABLES}
        for track in tracks_one_by_one(study, practice=practice):
            rows, trouble = _rows(track)
            for table, of_table in rows.items():
                files[table].add(of_table)
            count += 1
            troubles += [f"{track.trial_id}: {trouble}"] if trouble else []
            on_track()
    write_dictionary(folder)
    return Exported(count, troubles)


def _rows(track: "WithAnnotations[Track, Judged]") -> tuple[dict[str, Rows], str]:
    labels = {
        "trial": str(track.trial_id),
        "observer": track.trial.slot.assignment.observer.label,
        "stimulus": track.trial.slot.stimulus.name,
    }
    reference = track.trial.rendition.of_reference
    try:
        _, columns = fetch_columns(track.sha256)
    except (blobs.BlobDamaged, BadInput, FileNotFoundError) as error:
        tables: dict[str, Rows] = {}
        trouble = f"the raw track cannot be read: {error}"
    else:
        tables, trouble = tables_of(columns, Clip(reference.fps, reference.width, reference.height), labels)
    return tables | {"trials": _one_row(_trial(track, trouble) | labels)}, trouble


def _one_row(cells: dict[str, Any]) -> Rows:
    return {name: np.array([cell], dtype=object) for name, cell in cells.items()}


def _trial(track: "WithAnnotations[Track, Judged]", trouble: str) -> dict[str, Any]:
    trial, suspicion = track.trial, getattr(track, "suspicion", None)
    assignment, shown = trial.slot.assignment, trial.rendition
    reference, rates = shown.of_reference, trial.drawing.get("rates")
    return {
        "study": assignment.version.study.slug,
        "version": assignment.version.number,
        "visit": str(assignment.pk),
        "position": trial.slot.position,
        "attempt": trial.number,
        "practice": trial.slot.practice,
        "simulated": assignment.observer.simulated,
        "phase": trial.phase,
        "interruption": trial.interruption,
        "grade": track.grade,
        "reasons": _codes(track.verdict_reasons),
        "suspicion": suspicion and suspicion.score,
        "doubts": _codes(suspicion.reasons if suspicion else None),
        "renderer": trial.summary.get("renderer"),
        "tier": shown.tier,
        "chosen_renderer": trial.drawing.get("renderer") or None,
        "check_rates": json.dumps(rates, sort_keys=True) if rates else None,
        "clock_offset_us": trial.summary.get("clock_offset_us"),
        "clock_round_trip_us": trial.summary.get("clock_round_trip_us"),
        "px_per_deg": trial.summary.get("px_per_deg"),
        "fps": f"{reference.fps_num}/{reference.fps_den}",
        "frames": reference.frames,
        "width_px": reference.width,
        "height_px": reference.height,
        "opened_at": trial.created_at,
        "finished_at": trial.finished_by_page_at,
        "samples": track.samples,
        "marks": track.marks,
        "rendition_sha256": shown.sha256,
        "reference_sha256": reference.sha256,
        "track_sha256": track.sha256,
        "trouble": trouble,
    }


def _codes(reasons: list[dict[str, Any]] | None) -> str:
    return " ".join(reason["code"] for reason in reasons or [])
