"""What the coding of maps costs: some maps of a video held against the same maps before they were coded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from processing.errors import BadInput
from processing.fixations import Points
from processing.maps import TOP_LEVEL, MapMaker, make_maps
from processing.video import VideoFacts, read_sampled_planes

# Four maps, of which two are key frames: enough to see what the encoder does, in about a hundredth of a build.
_PLACES = 2


@dataclass(frozen=True)
class RoundTrip:
    """By how many levels of 1023 the pixels of `frames` maps differ after their coding."""

    mean_levels: float
    max_levels: int
    frames: int

    def document(self) -> dict[str, Any]:
        """JSON-able and rounded."""
        return {"mean": round(self.mean_levels, 4), "max": self.max_levels, "frames": self.frames}


def round_trip(saliency: Path, points: Sequence[Points], facts: VideoFacts, sigma_px: float) -> RoundTrip:
    """Compare some maps of a video with those that its points make.

    points: of each frame, int64 (N, 2) as (x, y), N >= 1, inside the picture. facts: of the clip or of its maps,
    which have one rate and size; the video has 10 bits and full range, as `MapWriter` writes them. Raises BadInput
    when it cannot be read or is none of that.
    """
    maker = MapMaker(facts.width, facts.height, sigma_px)
    coded = dict(read_sampled_planes(saliency, fps=facts.fps, frames=len(points), places=_PLACES))
    if any((plane.black, plane.white) != (0, TOP_LEVEL) for plane in coded.values()):
        raise BadInput(f"{saliency.name}: its maps are not of 10 bits and full range; build them again")
    apart = [
        np.abs(np.subtract(plane.codes, levels, dtype=np.int16))
        for plane, levels in zip(
            coded.values(), make_maps((points[number] for number in coded), maker.levels), strict=True
        )
    ]
    return RoundTrip(float(np.mean(apart)), int(np.max(apart)), len(apart))
