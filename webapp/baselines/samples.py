"""Pictures that a run draws of itself on its way: beside a picture its truth and what the model makes of it.

The last few are kept, under their digest among the products. They are for looking at: one that cannot be read or
stored is told of in the log, and the training goes on without it.
"""

import logging
from pathlib import Path
from typing import Any

from collector import blobs
from webapp.baselines.models import BaselineRun

log = logging.getLogger(__name__)

PNG = b"\x89PNG\r\n\x1a\n"
KEPT = 6
MAX_BYTES = 4 * 1024 * 1024


def sample_store(output: Path, name: str) -> str:
    """Store the PNG file `name` of the run folder `output`; returns its digest, empty where that was not possible."""
    file = (output / name).resolve()
    try:
        if not file.is_relative_to(output.resolve()):
            raise ValueError("it lies outside the run's folder")
        if file.stat().st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES // 2**20} MiB")
        with file.open("rb") as opened:
            if opened.read(len(PNG)) != PNG:
                raise ValueError("it is no PNG picture")
        return blobs.store("products", file).sha256
    except (OSError, ValueError) as reason:
        log.warning("the sample %s of %s is left out: %s", name, output, reason)
        return ""


def samples_with(samples: list[dict[str, Any]], step: int, sha256: str) -> list[dict[str, Any]]:
    """The last few samples and a new one; those of later steps belong to an attempt that is over."""
    earlier = [sample for sample in samples if sample["step"] < step]
    return [*earlier, {"step": step, "sha256": sha256}][-KEPT:]


def samples_drop(gone: set[str]) -> None:
    """Delete pictures that no run names any more: equal runs draw equal pictures, and these are stored once."""
    for sha256 in gone:
        if not BaselineRun.objects.filter(samples__contains=[{"sha256": sha256}]).exists():
            blobs.remove("products", sha256)
