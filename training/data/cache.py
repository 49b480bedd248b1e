"""A prepared release as training clips, from the cache alone: no release, no PyAV.

An index for each part and way of reduction names the entries of its clips: `index-PART-LONGxSHORT-STEP.json`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from processing.errors import BadInput
from processing.layouts import Points
from training.clips import Clip, ClipSet
from training.config import DataConfig
from training.data.entry import Entry, read_entry
from training.data.outliers import without_outliers
from training.grid import Grid, orientation_of


@dataclass(frozen=True)
class Listed:
    """A clip in the index: the folder of its entry, and what its release says of it.

    released_sigma_px: the blur of its map in pixels. agreement: CC between halves of its observers. Agreement and
    licence are None where nothing is said.
    """

    entry: str
    released_sigma_px: float
    agreement: float | None = None
    licence: str | None = None


def index_path(cache: Path, part: str, config: DataConfig) -> Path:
    return cache / f"index-{part}-{config.long_side}x{config.short_side}-{config.frame_step_s:g}.json"


def write_index(cache: Path, part: str, config: DataConfig, listed: Sequence[Listed]) -> None:
    """Name the entries of a part; the old index stays until the new one is whole."""
    path = index_path(cache, part, config)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text(json.dumps([asdict(each) for each in listed], indent=1) + "\n", "utf-8")
    unfinished.replace(path)


def open_cache(cache: Path, config: DataConfig, part: str = "train") -> ClipSet:
    """The clips that were last prepared from a release's part with these settings.

    Raises BadInput when there are none, or an entry is damaged.
    """
    path = index_path(cache, part, config)
    try:
        document: Any = json.loads(path.read_text("utf-8"))
        listed = [Listed(**each) for each in document]
    except FileNotFoundError:
        raise BadInput(
            f"{cache} holds no clips of the part {part!r} at {config.long_side}x{config.short_side} every "
            f"{config.frame_step_s:g} s: run `python -m training prepare` with this configuration first"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(f"{path} cannot be read ({error}): prepare again") from error
    return clip_set(cache, listed, config)


def clip_set(cache: Path, listed: Sequence[Listed], config: DataConfig) -> ClipSet:
    """The clips of an index; raises BadInput when an entry is damaged."""
    return assembled([read_entry(cache / each.entry) for each in listed], listed, config)


def assembled(entries: Sequence[Entry], listed: Sequence[Listed], config: DataConfig) -> ClipSet:
    """Entries as training sees them, and a digest of that: equal runs have equal digests and configurations."""
    clips = [_clip(entry, said, config) for entry, said in zip(entries, listed, strict=True)]
    if config.weigh_by_agreement:
        clips = _weighed(clips, [said.agreement for said in listed])
    facts = [
        [clip.name, entry.meta.video_sha256, entry.meta.fixations_sha256, clip.sigma_px, clip.reliability]
        for entry, clip in zip(entries, clips, strict=True)
    ]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return ClipSet(clips, digest, config.long_side, config.short_side)


def _clip(entry: Entry, said: Listed, config: DataConfig) -> Clip:
    meta = entry.meta
    picture = Grid(meta.height, meta.width)
    sigma_px = said.released_sigma_px if config.sigma_share is None else config.sigma_share * max(picture)
    points: Sequence[Points] = entry.points
    if config.outlier_sigmas is not None:
        points = [without_outliers(own, config.outlier_sigmas * sigma_px) for own in points]
    return Clip(
        name=meta.name,
        picture=picture,
        orientation=orientation_of(meta.width, meta.height),
        seconds=entry.moments.astype(np.float64) * (meta.duration_s / meta.frames),
        points=points,
        sigma_px=sigma_px,
        pictures=entry.pictures,
        duration_s=meta.duration_s,
        sound=entry.sound,
        licence=said.licence,
    )


def _weighed(clips: Sequence[Clip], agreement: Sequence[float | None]) -> list[Clip]:
    """Clips weigh as their observers agree, 1 on average; those of which nothing is said weigh 1."""
    known = [max(each, 0.0) for each in agreement if each is not None]
    mean = sum(known) / len(known) if known else 0.0
    return [
        clip if each is None or not mean else replace(clip, reliability=max(each, 0.0) / mean)
        for clip, each in zip(clips, agreement, strict=True)
    ]
