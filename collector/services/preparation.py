"""A stimulus is prepared for showing: decoded once, as a hostile file, and encoded anew, with smaller views.

One that has its reference already keeps it, and gets the views that it lacks.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from collector import blobs, work
from collector.models import Rendition, Stimulus
from processing.errors import BadInput
from processing.video import (
    VIEWS,
    RenditionReport,
    VideoFacts,
    prepare_rendition,
    probe,
    scale_rendition,
    view_size,
)

Tier = Rendition.Tier


@dataclass(frozen=True)
class _Prepared:
    """A file that is stored already, and what the row about it will say."""

    tier: str
    blob: blobs.Blob
    report: RenditionReport
    record: dict[str, Any]


def stimulus_prepare(stimulus_id: int) -> Rendition | None:
    """Make the reference of a waiting stimulus unless it has one, and the views that are missing.

    Returns the reference; None when somebody else has the stimulus or it is done.
    """
    stimulus = work.claim(Stimulus, stimulus_id)
    if stimulus is None:
        return None
    try:
        with work.keep_alive(stimulus), blobs.scratch() as folder:
            known = stimulus.rendition
            prepared = _prepare(stimulus, folder) if known is None else _views(stimulus, known, folder)
    except BadInput as error:
        work.fail(stimulus, str(error), permanent=True)
        raise
    except work.LeaseLost:
        raise
    except Exception as error:
        work.give_back(stimulus, error)
        raise
    with transaction.atomic():
        reference = known or _rendition(stimulus, prepared.pop(0), reference=None)
        if reference.stimulus_id != stimulus.pk:
            reason = f"these very pictures are already there as stimulus {reference.stimulus.name!r}"
            work.fail(stimulus, reason, permanent=True)
            return None
        for view in prepared:
            _rendition(stimulus, view, reference=reference)
        work.complete(stimulus)
    return reference


def _prepare(stimulus: Stimulus, folder: Path) -> list[_Prepared]:
    """The reference, and the views that are smaller than it, the largest first; every file is stored."""
    # The name's ending is kept only for messages; what the file is, its first bytes say.
    source = blobs.fetch("media", stimulus.original_sha256, folder / "original")
    path = folder / "rendition.mp4"
    report = prepare_rendition(
        source,
        path,
        fps=stimulus.preparation.get("fps", "keep"),
        size=stimulus.preparation.get("size", "keep"),
        progress=_Progress(stimulus, part=0),
    )
    reference = _Prepared(Tier.FULL, blobs.store("media", path), report, preparation_record(report))
    return [reference, *_scaled(stimulus, path, report.facts, list(VIEWS), folder)]


def _views(stimulus: Stimulus, reference: Rendition, folder: Path) -> list[_Prepared]:
    """The views that a reference lacks: it may have been prepared before there were any."""
    present = set(reference.views.values_list("tier", flat=True))
    path = blobs.fetch("media", reference.sha256, folder / "rendition.mp4")
    return _scaled(stimulus, path, probe(path), [tier for tier in VIEWS if tier not in present], folder)


def _scaled(
    stimulus: Stimulus, path: Path, facts: VideoFacts, tiers: list[str], folder: Path
) -> list[_Prepared]:
    """Those views among `tiers` that are smaller than the reference at `path`; every file is stored."""
    views: list[_Prepared] = []
    for tier in tiers:
        size = view_size(facts.width, facts.height, tier)
        if size is None:
            continue
        target = folder / f"{tier}.mp4"
        scaled = scale_rendition(path, target, size, progress=_Progress(stimulus, part=1 + len(views)))
        if (scaled.facts.frames, scaled.facts.fps) != (facts.frames, facts.fps):
            raise RuntimeError(f"the {tier} view has other frames than its reference")
        views.append(_Prepared(tier, blobs.store("media", target), scaled, dict(scaled.settings)))
    return views


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
