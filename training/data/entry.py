"""One clip of the cache: a folder that is there whole or not at all.

frames.npy      uint8 (N, H, W, 3), RGB on the input grid, of the kept moments
fixations.npz   points int32 (P, 2) as (row, col) in pixels, offsets int64 (F + 1,) of all F frames;
                moments int64 (N,), the numbers of the kept ones
sound.npy       float16 (mels, steps), log-mel; not there for a clip without sound
meta.json       what it was made from and how
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.layouts import Points
from processing.zip_damage import refused_when_damaged

FRAMES, FIXATIONS, SOUND, META = "frames.npy", "fixations.npz", "sound.npy", "meta.json"

# Changes when cached clips would come out otherwise, so that old entries are left alone.
FORMAT = "2"


@dataclass(frozen=True)
class Meta:
    """What an entry was made from: `fps` as a fraction in words, hashes of the inputs, how it was reduced."""

    name: str
    width: int
    height: int
    fps: str
    frames: int
    video_sha256: str
    fixations_sha256: str
    long_side: int
    short_side: int
    frame_step_s: float
    format: str = FORMAT

    @property
    def duration_s(self) -> float:
        return float(self.frames / Fraction(self.fps))


@dataclass(frozen=True)
class Entry:
    """An entry as read: large arrays are mapped, points are those of the kept moments; `pictures` may be left out."""

    meta: Meta
    moments: NDArray[np.int64]
    points: Sequence[Points]
    pictures: NDArray[np.uint8] | None
    sound: NDArray[np.float16] | None


def write_fixations(folder: Path, per_frame: Sequence[Points], moments: NDArray[np.int64]) -> None:
    """The points of every frame, one after another, and where each frame's begin."""
    offsets = np.cumsum([0, *(len(points) for points in per_frame)])
    points = np.concatenate(per_frame).astype(np.int32)
    np.savez(folder / FIXATIONS, points=points, offsets=offsets, moments=moments)


def write_meta(folder: Path, meta: Meta) -> None:
    """Written last: a folder with it is whole."""
    (folder / META).write_text(json.dumps(asdict(meta), indent=1, sort_keys=True) + "\n", "utf-8")


def read_entry(folder: Path) -> Entry:
    """Raises BadInput when something is missing or damaged."""

    def damaged(error: Exception) -> BadInput:
        return BadInput(
            f"{folder.name} in the cache is damaged ({error}): delete that folder and prepare again"
        )

    try:
        with refused_when_damaged(damaged):
            meta = Meta(**json.loads((folder / META).read_text("utf-8")))
            with np.load(folder / FIXATIONS, allow_pickle=False) as stored:
                points, offsets, moments = (stored[name] for name in ("points", "offsets", "moments"))
            pictures = np.load(folder / FRAMES, mmap_mode="r", allow_pickle=False)
            sound = folder / SOUND
            heard = np.load(sound, mmap_mode="r", allow_pickle=False) if sound.exists() else None
            if len(pictures) != len(moments) or len(offsets) != meta.frames + 1:
                raise ValueError("its arrays differ in length")
    except (OSError, TypeError, KeyError) as error:
        raise damaged(error) from error
    kept = [points[offsets[moment] : offsets[moment + 1]].astype(np.int64) for moment in moments]
    return Entry(meta, moments, kept, pictures, heard)
