"""A stimulus is prepared for showing: decoded once, as a hostile file, and encoded anew."""

from typing import Any

from django.db import transaction

from collector import blobs, work
from collector.models import Rendition, Stimulus
from processing.errors import BadInput
from processing.video import RenditionReport, prepare_rendition


def stimulus_prepare(stimulus_id: int) -> Rendition | None:
    """Make the rendition of a waiting stimulus; None when somebody else has it or it is done."""
    stimulus = work.claim(Stimulus, stimulus_id)
    if stimulus is None:
        return None
    with work.keep_alive(stimulus), blobs.scratch() as folder:
        try:
            # The name's ending is kept only for messages; what the file is, its first bytes say.
            source = blobs.fetch("media", stimulus.original_sha256, folder / "original")
            report = prepare_rendition(
                source,
                folder / "rendition.mp4",
                fps=stimulus.preparation.get("fps", "keep"),
                size=stimulus.preparation.get("size", "keep"),
            )
        except BadInput as error:
            work.fail(stimulus, str(error), permanent=True)
            raise
        except Exception as error:
            work.fail(stimulus, f"{type(error).__name__}: {error}")
            raise
        blob = blobs.store("media", folder / "rendition.mp4")
    facts = report.facts
    with transaction.atomic():
        rendition, _ = Rendition.objects.get_or_create(
            sha256=blob.sha256,
            defaults={
                "stimulus": stimulus,
                "bytes": blob.bytes,
                "fps_num": facts.fps.numerator,
                "fps_den": facts.fps.denominator,
                "frames": facts.frames,
                "width": facts.width,
                "height": facts.height,
                "has_audio": facts.has_audio,
                "settings": preparation_record(report),
            },
        )
        if rendition.stimulus_id != stimulus.pk:
            reason = f"these very pictures are already there as stimulus {rendition.stimulus.name!r}"
            work.fail(stimulus, reason, permanent=True)
            return None
        work.complete(stimulus)
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
