"""A stimulus is prepared for showing: decoded once, as a hostile file, and encoded anew."""

from django.db import transaction

from collector import blobs, work
from collector.models import Rendition, Stimulus
from processing.errors import BadInput
from processing.video import prepare_rendition


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
                "settings": report.document(),
            },
        )
        if rendition.stimulus_id != stimulus.pk:
            reason = f"these very pictures are already there as stimulus {rendition.stimulus.name!r}"
            work.fail(stimulus, reason, permanent=True)
            return None
        work.complete(stimulus)
    return rendition
