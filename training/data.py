"""From a release on disk to training clips: everything is checked first, then each video is decoded once.

The cache holds a folder for each clip, named after the contents it was made from, so it can be kept between
runs and a half-made one is never found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.layouts import Dataset, read_fixations
from processing.recipe import Recipe
from processing.video import VideoFacts, probe, read_rgb
from training.clips import Clip, ClipSet
from training.config import DataConfig
from training.grid import Grid, input_grid, orientation_of
from training.progress import Reporter, StopRequest

# The share of the longer side that releases without a recipe are taken to be made with; CrowdSAL states it.
USUAL_SIGMA_SHARE = 0.03

# Changes when cached pictures would come out otherwise, so that old caches are left alone.
CACHE_FORMAT = "1"


@dataclass(frozen=True)
class Source:
    """One training clip as the release has it, checked.

    `moments` (K,) are the numbers of the frames that are kept; `points` has the fixations of each, (N, 2) as
    (row, col) in pixels of the video.
    """

    name: str
    video: Path
    facts: VideoFacts
    video_sha256: str
    fixations_sha256: str
    moments: NDArray[np.int64]
    points: Sequence[NDArray[np.int64]]

    @property
    def picture(self) -> Grid:
        return Grid(self.facts.height, self.facts.width)


def prepare(
    dataset: Dataset,
    config: DataConfig,
    *,
    cache: Path | None,
    reporter: Reporter,
    stop: StopRequest,
) -> ClipSet:
    """The training part of a release as clips; pictures are decoded into `cache`, or left out when it is None.

    Raises `BadInput` for a part without clips, missing or broken files, and truth that does not fit its
    video.
    """
    names = sorted(dataset.parts().get("train", []))
    if not names:
        raise BadInput(f"{dataset.root} has no clips in its part 'train': training needs at least one")
    steps = len(names) * (1 if cache is None else 2)
    sources = []
    for done, name in enumerate(names):
        stop.check()
        reporter.progress("prepare", done, steps)
        sources.append(check_clip(dataset, name, config.frame_step_s))
    share = config.sigma_share
    sigma_px = released_sigmas(dataset) if share is None else lambda source: share * max(source.picture)
    clips = []
    for done, source in enumerate(sources, start=len(names)):
        pictures = None
        if cache is not None:
            reporter.progress("prepare", done, steps)
            pictures = cached_pictures(source, config, cache, stop)
        clips.append(_clip(source, sigma_px(source), pictures))
    reporter.progress("prepare", steps, steps)
    return ClipSet(clips, _digest(sources, clips), config.long_side, config.short_side)


def check_clip(dataset: Dataset, name: str, frame_step_s: float) -> Source:
    """Read a clip's facts and fixations; raises `BadInput` unless video, map and fixations fit each other."""
    video, saliency, fixations = dataset.video(name), dataset.saliency(name), dataset.fixations_file(name)
    facts, map_facts = probe(video), probe(saliency)
    if (map_facts.width, map_facts.height) != (facts.width, facts.height):
        raise BadInput(
            f"the map of {name} is {map_facts.width}x{map_facts.height}, its video {facts.width}x{facts.height}: "
            "build the release again"
        )
    points = read_fixations(fixations)
    if not facts.frames == map_facts.frames == len(points):
        raise BadInput(
            f"{name} has {facts.frames} frames, its map {map_facts.frames}, its fixations {len(points)}: "
            "build the release again"
        )
    for frame, of_frame in enumerate(points):
        if not len(of_frame):
            raise BadInput(f'{name} has no fixation in frame {frame}: build it with empty_frames = "nearest"')
        if of_frame.min() < 0 or (of_frame.max(axis=0) >= (facts.height, facts.width)).any():
            raise BadInput(
                f"{name} has a fixation outside the picture in frame {frame}: build the release again"
            )
    moments = kept_frames(facts, frame_step_s)
    return Source(
        name=name,
        video=video,
        facts=facts,
        video_sha256=_sha256(video),
        fixations_sha256=_sha256(fixations),
        moments=moments,
        points=[points[frame] for frame in moments],
    )


def kept_frames(facts: VideoFacts, step_s: float) -> NDArray[np.int64]:
    """Numbers of the frames nearest to every multiple of `step_s` seconds, each once, ascending."""
    step = Fraction(str(step_s)) * facts.fps
    count = int(facts.frames / step) + 1
    numbers = [int(k * step + Fraction(1, 2)) for k in range(count)]
    return np.unique([number for number in numbers if number < facts.frames])


def released_sigmas(dataset: Dataset) -> Callable[[Source], float]:
    """The sigma in pixels with which a clip's map was made: VideoInfo.json has it by clip, else the recipe gives it.

    Releases that say nothing are taken to follow the usual share. Raises `BadInput` for a recipe that cannot be read.
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
        stated = info.get(source.name, {}).get("sigma_px")
        if isinstance(stated, int | float) and stated > 0:
            return float(stated)
        return recipe.sigma_for(source.facts.width, source.facts.height)

    return sigma_px


def cached_pictures(source: Source, config: DataConfig, cache: Path, stop: StopRequest) -> NDArray[np.uint8]:
    """The clip's pictures (K, H, W, 3), mapped from the cache; decoded into it first when they are not there."""
    grid = input_grid(
        orientation_of(source.facts.width, source.facts.height), config.long_side, config.short_side
    )
    made_from = f"{CACHE_FORMAT} {source.video_sha256} {grid} {config.frame_step_s}"
    entry = cache / f"{source.name}-{hashlib.sha256(made_from.encode()).hexdigest()[:16]}.npy"
    if not entry.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = entry.with_suffix(".part")
        _decode(source, grid, part, stop)
        part.replace(entry)
    return np.load(entry, mmap_mode="r")


def _decode(source: Source, grid: Grid, target: Path, stop: StopRequest) -> None:
    shape = (len(source.moments), grid.height, grid.width, 3)
    pictures = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=shape)
    slot = {int(frame): place for place, frame in enumerate(source.moments)}
    decoded = 0
    for picture in read_rgb(source.video):
        stop.check()
        if decoded in slot:
            pictures[slot[decoded]] = shrink(picture, grid)
        decoded += 1
    if decoded != source.facts.frames:
        raise BadInput(
            f"{source.video.name}: {decoded} of {source.facts.frames} frames can be decoded: copy it again"
        )
    pictures.flush()


def shrink(picture: NDArray[np.uint8], grid: Grid) -> NDArray[np.uint8]:
    """A picture (H, W, 3) on the input grid, by area averaging where it shrinks."""
    return np.asarray(cv2.resize(picture, (grid.width, grid.height), interpolation=cv2.INTER_AREA), np.uint8)


def _clip(source: Source, sigma_px: float, pictures: NDArray[np.uint8] | None) -> Clip:
    return Clip(
        name=source.name,
        picture=source.picture,
        orientation=orientation_of(source.facts.width, source.facts.height),
        seconds=source.moments / float(source.facts.fps),
        points=source.points,
        sigma_px=sigma_px,
        pictures=pictures,
        duration_s=source.facts.duration_s,
    )


def _digest(sources: Sequence[Source], clips: Sequence[Clip]) -> str:
    """sha256 over what training sees; two runs with one digest and one configuration are the same run."""
    facts = [
        [source.name, source.video_sha256, source.fixations_sha256, clip.sigma_px]
        for source, clip in zip(sources, clips, strict=True)
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
