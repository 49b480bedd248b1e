"""One clip of a release: refused when it is not sound, otherwise put in its place."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from processing.errors import BadInput
from processing.layouts import (
    PARTS,
    Layout,
    Points,
    check_names,
    picture_name,
    read_fixations,
    write_fixations,
)
from processing.recipe import Recipe
from processing.round_trip import round_trip
from processing.scoring.checks import point_faults
from processing.video import VideoFacts, cut_clip, probe


@dataclass(frozen=True)
class ReleaseItem:
    """What goes into a release of one clip.

    part: train, public_test or private_test. facts: those of `video`. info: whatever the release shall say
    of the clip; ``licence`` must be there. ``sigma_px`` is used when there, else the recipe's.
    """

    name: str
    part: str
    video: Path
    saliency: Path
    fixations: Path
    facts: VideoFacts
    info: Mapping[str, Any]


@dataclass(frozen=True)
class ReleasedClip:
    """A clip as it lies in the release.

    facts: of the released video, which may be cut. points: how many fixation points its frames have together.
    map_error_levels: the largest difference, of 1023, between some maps as encoded and as made again from the
    fixations.
    """

    name: str
    part: str
    facts: VideoFacts
    info: Mapping[str, Any]
    points: int
    map_error_levels: int

    def document(self) -> dict[str, Any]:
        """What the release says of the clip."""
        return {
            **self.info,
            "width": self.facts.width,
            "height": self.facts.height,
            "fps": f"{self.facts.fps.numerator}/{self.facts.fps.denominator}",
            "frames": self.facts.frames,
            "duration_s": round(float(self.facts.frames / self.facts.fps), 6),
            "has_audio": self.facts.has_audio,
            "fixation_points": self.points,
        }


def refuse_unfit(items: Sequence[ReleaseItem]) -> None:
    """Raise BadInput for what can be seen without opening a file: names, parts, licences, no clip at all."""
    if not items:
        raise BadInput("a release needs clips: there is none")
    check_names([item.name for item in items])
    for item in items:
        if item.part not in PARTS:
            raise BadInput(f"{item.name} is in the part {item.part!r}: the parts are {', '.join(PARTS)}")
    unlicensed = sorted(item.name for item in items if not str(item.info.get("licence") or "").strip())
    if unlicensed:
        raise BadInput(f"no licence is stated for {', '.join(unlicensed)}: state it or leave the clip out")


def place(
    item: ReleaseItem, layout: Layout, public: Path, truth: Path, recipe: Recipe, *, pictures: bool
) -> ReleasedClip:
    """Put the video under `public` and map and fixations under `truth`, which may be the same folder.

    pictures: whether to draw the binary fixation pictures, in a layout that has them.
    A video longer than its fixations, as a recipe with a trimmed tail makes it, is cut to their length.
    Raises BadInput when video, map and fixations do not belong together.
    """
    points = read_fixations(item.fixations)
    _refuse_unsound(item, points)
    video = _made(public / layout.video(item.name, item.part))
    if item.facts.frames > len(points):
        cut_clip(item.video, video, len(points))
    else:
        shutil.copyfile(item.video, video)
    facts = probe(video)
    if facts.frames != len(points):
        raise BadInput(f"{item.name}: the video has {facts.frames} frames, the fixations {len(points)}")

    saliency = _made(truth / layout.saliency(item.name, item.part))
    shutil.copyfile(item.saliency, saliency)
    write_fixations(_made(truth / layout.fixations_file(item.name, item.part)), points)
    drawn = layout.fixation_pictures(item.name, item.part)
    if pictures and drawn is not None:
        _draw_pictures(truth / drawn, points, facts)
    return ReleasedClip(
        name=item.name,
        part=item.part,
        facts=facts,
        info=item.info,
        points=sum(map(len, points)),
        map_error_levels=_map_error_levels(item, points, recipe),
    )


def _refuse_unsound(item: ReleaseItem, points: Sequence[Points]) -> None:
    facts, maps = item.facts, probe(item.saliency)
    if maps.frames != len(points):
        raise BadInput(f"{item.name}: the map has {maps.frames} frames, the fixations {len(points)}")
    if facts.frames < len(points):
        raise BadInput(f"{item.name}: the video has {facts.frames} frames, the fixations {len(points)}")
    if (maps.width, maps.height) != (facts.width, facts.height):
        raise BadInput(
            f"{item.name}: the map has {maps.width}x{maps.height} pixels, the video {facts.width}x{facts.height}"
        )
    if maps.fps != facts.fps:
        raise BadInput(f"{item.name}: the map has {maps.fps} frames a second, the video {facts.fps}")
    for fault in point_faults(points, facts):
        raise BadInput(f"{item.name}: {fault}")


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _draw_pictures(folder: Path, points: Sequence[Points], facts: VideoFacts) -> None:
    """One black picture a frame, white at the fixation points; one bit a pixel."""
    folder.mkdir(parents=True)
    for frame, own in enumerate(points):
        picture = np.zeros((facts.height, facts.width), np.uint8)
        picture[own[:, 0], own[:, 1]] = 255
        path = folder / picture_name(frame)
        if not cv2.imwrite(str(path), picture, [cv2.IMWRITE_PNG_BILEVEL, 1]):
            raise OSError(f"{path} could not be written")


def _map_error_levels(item: ReleaseItem, points: Sequence[Points], recipe: Recipe) -> int:
    sigma_px = item.info.get("sigma_px") or recipe.sigma_for(item.facts.width, item.facts.height)
    in_xy = [own[:, ::-1] for own in points]  # as maps are made of them
    return round_trip(item.saliency, in_xy, item.facts, float(sigma_px)).max_levels
