"""A stimulus is prepared for showing: decoded once, as a hostile file, and encoded anew, with smaller views."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from collector import blobs, work
from collector.models import Rendition, Stimulus
from processing.errors import BadInput
from processing.video import VIEWS, RenditionReport, prepare_rendition, scale_rendition, view_size

Tier = Rendition.Tier


@dataclass(frozen=True)
class _Prepared:
    """A file that is stored already, and what the row about it will say."""

    tier: str
    blob: blobs.Blob
    report: RenditionReport
    record: dict[str, Any]


def stimulus_prepare(stimulus_id: int) -> Rendition | None:
    """Make the rendition of a waiting stimulus, and its views; None when somebody else has it or it is done."""
    stimulus = work.claim(Stimulus, stimulus_id)
    if stimulus is None:
        return None
    with work.keep_alive(stimulus), blobs.scratch() as folder:
        try:
            # The name's ending is kept only for messages; what the file is, its first bytes say.
            source = blobs.fetch("media", stimulus.original_sha256, folder / "original")
            prepared = _prepare(stimulus, source, folder)
        except BadInput as error:
            work.fail(stimulus, str(error), permanent=True)
            raise
        except work.LeaseLost:
            raise
        except Exception as error:
            work.fail(stimulus, f"{type(error).__name__}: {error}")
            raise
    with transaction.atomic():
        reference = _rendition(stimulus, prepared[0], reference=None)
        if reference.stimulus_id != stimulus.pk:
            reason = f"these very pictures are already there as stimulus {reference.stimulus.name!r}"
            work.fail(stimulus, reason, permanent=True)
            return None
        for view in prepared[1:]:
            _rendition(stimulus, view, reference=reference)
        work.complete(stimulus)
    return reference


def _prepare(stimulus: Stimulus, source: Path, folder: Path) -> list[_Prepared]:
    """The reference, and the views that are smaller than it, the largest first; every file is stored."""
    path = folder / "rendition.mp4"
    report = prepare_rendition(
        source,
        path,
        fps=stimulus.preparation.get("fps", "keep"),
        size=stimulus.preparation.get("size", "keep"),
        progress=_Progress(stimulus, part=0),
    )
    prepared = [_Prepared(Tier.FULL, blobs.store("media", path), report, preparation_record(report))]
    for tier in VIEWS:
        size = view_size(report.facts.width, report.facts.height, tier)
        if size is None:
            continue
        scaled = scale_rendition(
            path, folder / "view.mp4", size, progress=_Progress(stimulus, part=len(prepared))
        )
        if (scaled.facts.frames, scaled.facts.fps) != (report.facts.frames, report.facts.fps):
            raise RuntimeError(f"the {tier} view has other frames than its reference")
        blob = blobs.store("media", folder / "view.mp4")
        prepared.append(_Prepared(tier, blob, scaled, dict(scaled.settings)))
    return prepared


class _Progress:
    """Writes now and then how far a preparation is. Its parts are the reference and at most two views."""

    EVERY_S = 2.0
    PARTS = 1 + len(VIEWS)

    def __init__(self, stimulus: Stimulus, *, part: int) -> None:
        self._stimulus = stimulus
        self._part = part
        self._written = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._written < self.EVERY_S:
            return
        self._written = time.monotonic()
        work.progress(self._stimulus, self._part * total + done, self.PARTS * total)


def _rendition(stimulus: Stimulus, made: _Prepared, *, reference: Rendition | None) -> Rendition:
    facts = made.report.facts
    rendition, _ = Rendition.objects.get_or_create(
        sha256=made.blob.sha256,
        defaults={
            "stimulus": stimulus,
            "tier": made.tier,
            "reference": reference,
            "bytes": made.blob.bytes,
            "fps_num": facts.fps.numerator,
            "fps_den": facts.fps.denominator,
            "frames": facts.frames,
            "width": facts.width,
            "height": facts.height,
            "has_audio": facts.has_audio,
            "settings": made.record,
        },
    )
    return rendition


def preparation_record(report: RenditionReport) -> dict[str, Any]:
    """How a rendition was made and what was changed on the way, with notes for the person who imports it."""
    source, facts = report.source_facts, report.facts
    columns, rows = report.cropped_px
    notes = []
    if not source.constant_rate:
        notes.append(f"its rate varied; now {facts.fps} fps")
    elif source.fps != facts.fps:
        notes.append(f"{source.fps} fps became {facts.fps}")
    if report.repeated_frames or report.dropped_frames:
        notes.append(f"{report.repeated_frames} frames repeated, {report.dropped_frames} dropped")
    if columns or rows:
        notes.append(f"{columns} columns and {rows} rows of pixels cropped")
    return {
        **report.settings,
        "source": {
            "width": source.width,
            "height": source.height,
            "fps": str(source.fps),
            "frames": source.frames,
            "codec": source.codec,
            "constant_rate": source.constant_rate,
        },
        "repeated_frames": report.repeated_frames,
        "dropped_frames": report.dropped_frames,
        "cropped_px": [columns, rows],
        "notes": notes,
    }
