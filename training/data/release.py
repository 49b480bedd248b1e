"""What a release says of a clip, checked before anything is decoded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.layouts import Dataset, Points, read_fixations
from processing.recipe import Recipe
from processing.video import VideoFacts, probe
from training.config import DataConfig
from training.data.entry import Meta
from training.data.pictures import kept_frames

# The share of the longer side that releases without a recipe are taken to be made with; CrowdSAL states it.
USUAL_SIGMA_SHARE = 0.03


@dataclass(frozen=True)
class Source:
    """One clip as the release has it: `points` of every frame, (N, 2) as (row, col) in pixels of the video."""

    video: Path
    facts: VideoFacts
    meta: Meta
    points: Sequence[Points]

    @property
    def moments(self) -> NDArray[np.int64]:
        """Numbers of the frames that are kept."""
        return kept_frames(self.facts.frames, self.facts.fps, self.meta.frame_step_s)


def check_clip(dataset: Dataset, name: str, config: DataConfig) -> Source:
    """Read a clip's facts and fixations.

    Frames without fixations are allowed, there is nothing to learn from them. Raises BadInput, which names the clip,
    for missing files, and unless video, map and fixations fit each other and somebody looked somewhere.
    """
    video, saliency, fixations = dataset.video(name), dataset.saliency(name), dataset.fixations_file(name)
    facts, map_facts = probe(video), probe(saliency)
    if (map_facts.width, map_facts.height) != (facts.width, facts.height):
        raise BadInput(
            f"the map of {name} is {map_facts.width}x{map_facts.height}, its video {facts.width}x{facts.height}: "
            "build the release again"
        )
    try:
        points = read_fixations(fixations)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from error
    if not facts.frames == map_facts.frames == len(points):
        raise BadInput(
            f"{name} has {facts.frames} frames, its map {map_facts.frames}, its fixations {len(points)}: "
            "build the release again"
        )
    for frame, of_frame in enumerate(points):
        if len(of_frame) and not ((of_frame >= 0) & (of_frame < (facts.height, facts.width))).all():
            raise BadInput(
                f"{name} has a fixation outside the picture in frame {frame}: build the release again"
            )
    meta = Meta(
        name=name,
        width=facts.width,
        height=facts.height,
        fps=str(facts.fps),
        frames=facts.frames,
        video_sha256=_sha256(video),
        fixations_sha256=_sha256(fixations),
        long_side=config.long_side,
        short_side=config.short_side,
        frame_step_s=config.frame_step_s,
    )
    source = Source(video, facts, meta, points)
    if not any(len(points[moment]) for moment in source.moments):
        raise BadInput(f"{name} has no fixation in any frame that is kept: take it out of the part")
    return source


def released_sigmas(dataset: Dataset) -> Callable[[Source], float]:
    """The sigma in pixels with which a clip's map was made: the facts of the clips have it, else the recipe gives it.

    Releases that say nothing are taken to follow the usual share. Raises BadInput for a recipe that cannot be read.
    """
    info = dataset.video_info()
    path = dataset.root / "recipe.json"
    recipe = Recipe.from_mapping({"sigma_share": USUAL_SIGMA_SHARE})
    if path.exists():
        try:
            recipe = Recipe.from_mapping(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise BadInput(f"cannot use {path}: {error}; set data.sigma_share to train without it") from error

    def sigma_px(source: Source) -> float:
        stated = info.get(source.meta.name, {}).get("sigma_px")
        if isinstance(stated, int | float) and stated > 0:
            return float(stated)
        return recipe.sigma_for(source.facts.width, source.facts.height)

    return sigma_px


def stated_licences(dataset: Dataset) -> dict[str, str]:
    """The licence of each clip of which the release states it, in one line."""
    stated = {
        name: " ".join(str(facts.get("licence") or "").split())
        for name, facts in dataset.video_info().items()
    }
    return {name: licence for name, licence in stated.items() if licence}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
