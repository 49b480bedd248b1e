"""Stimuli come in, are closed and reopened."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from collector import blobs
from collector.models import Stimulus
from collector.work import WorkState
from processing.errors import BadInput


def stimulus_add(
    *,
    path: Path,
    name: str,
    title: str = "",
    licence: str = "",
    attribution: str = "",
    source_url: str = "",
    fps: str = "keep",
    size: str = "keep",
    synthetic: bool = False,
    truth: dict[str, Any] | None = None,
) -> Stimulus:
    """Keep the original as it is and make a waiting row for its preparation.

    Raises BadInput when the name is taken or not allowed, or something said of it does not fit. The file itself is
    judged when it is prepared.
    """
    stimulus = Stimulus(
        name=name,
        title=title,
        licence=licence,
        attribution=attribution,
        source_url=source_url,
        synthetic=synthetic,
        original_name=path.name[:200],
        preparation={"fps": fps, "size": size} | ({"truth": truth} if truth else {}),
    )
    _require_fitting(stimulus)
    blob = blobs.store("media", path)
    stimulus.original_sha256, stimulus.original_bytes = blob.sha256, blob.bytes
    try:
        with transaction.atomic():
            stimulus.save(force_insert=True)
    except IntegrityError as error:
        raise BadInput(
            f"a stimulus named {name!r} exists already: rename the file or remove that one"
        ) from error
    return stimulus


def _require_fitting(stimulus: Stimulus) -> None:
    try:
        stimulus.clean_fields(exclude={"original_sha256"})
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise BadInput(f"{field} cannot be {getattr(stimulus, field)[:80]!r}: {messages[0]}") from error


def stimulus_same_file(*, stimulus: Stimulus, path: Path) -> Stimulus:
    """The stimulus, when `path` holds the very file that it was made from; raises BadInput otherwise."""
    if blobs.digest(path) != stimulus.original_sha256:
        raise BadInput(
            f"a stimulus named {stimulus.name!r} exists already with other contents: rename the file"
        )
    return stimulus


def stimulus_ask_for_views(*, stimulus: Stimulus) -> bool:
    """Put a prepared stimulus in line once more, for the smaller views that it lacks; False when it is not prepared.

    It is shown meanwhile as it was. Its reference stays: tracks are read in its pixels.
    """
    prepared = Stimulus.objects.filter(pk=stimulus.pk, state=WorkState.DONE)
    return bool(
        prepared.update(state=WorkState.WAITING, attempt=0, hinted_at=None, progress_done=0, progress_total=0)
    )


def stimulus_close(*, stimulus: Stimulus, reason: str) -> None:
    """Show it to nobody from now on; what was recorded stays."""
    stimulus.closed_reason = reason
    stimulus.save(update_fields=["closed_reason"])


def stimulus_reopen(*, stimulus: Stimulus) -> None:
    """Show it again."""
    stimulus.closed_reason = ""
    stimulus.save(update_fields=["closed_reason"])
