"""Where people look in other clips: what shuffled AUC and information gain hold a prediction against."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from processing.metrics import Points
from processing.scoring.checks import outside

# Of every other clip, so that a long one weighs no more than a short one. Drawn with the clip's own name as seed.
POINTS_OF_A_CLIP = 1000
# The baseline's density: as wide as the field's maps (sigma_share of the recipe), on a grid that is finer than that.
_SIGMA_SHARE = 0.03
_GRID = 128
# So that no place is impossible: a point there would be worth 30 bits.
_UNIFORM_SHARE = 0.01


@dataclass(frozen=True)
class Elsewhere:
    """The points of other clips, laid into one picture of height x width.

    points: int64 (M, 2) as (row, col), M >= 1.
    """

    height: int
    width: int
    points: Points

    @cached_property
    def density(self) -> NDArray[np.float32]:
        """How likely a fixation is at each pixel, (H, W), sum 1: Gaussians on the points and a hundredth uniform."""
        longer = max(self.height, self.width)
        cells = min(_GRID, longer)
        rows, columns = (max(1, round(cells * side / longer)) for side in (self.height, self.width))
        places = self.points * (rows, columns) // (self.height, self.width)
        counts = np.bincount(places[:, 0] * columns + places[:, 1], minlength=rows * columns)
        grid = counts.reshape(rows, columns).astype(np.float32) / len(self.points)
        blurred = cv2.GaussianBlur(grid, (0, 0), _SIGMA_SHARE * cells, borderType=cv2.BORDER_REFLECT)
        density = np.asarray(
            cv2.resize(blurred, (self.width, self.height), interpolation=cv2.INTER_LINEAR), np.float32
        )
        density *= (1 - _UNIFORM_SHARE) / density.sum(dtype=np.float64)
        density += _UNIFORM_SHARE / density.size
        return density


@dataclass(frozen=True)
class Baseline:
    """Points of other clips as shares of the picture's height and width, float64 (M, 2), each in [0, 1), M >= 1."""

    shares: NDArray[np.float64]

    @property
    def digest(self) -> str:
        """Names the baseline, to tell results apart that were held against another one."""
        return hashlib.sha256(np.ascontiguousarray(self.shares).tobytes()).hexdigest()

    def within(self, height: int, width: int) -> Elsewhere:
        """The points in a picture of this size."""
        return Elsewhere(height, width, np.floor(self.shares * (height, width)).astype(np.int64))


def drawn_shares(name: str, points: Sequence[Points], height: int, width: int) -> NDArray[np.float64]:
    """Up to `POINTS_OF_A_CLIP` points of a clip as shares, drawn without repetition; its name is the seed.

    The middle of a pixel stands for it, so that the shares fit a picture of any size. Points outside are left out.
    """
    every = np.concatenate([*points, np.empty((0, 2), np.int64)])
    every = every[~outside(every, (height, width))]
    rng = np.random.default_rng(list(hashlib.sha256(name.encode()).digest()))
    chosen = rng.permutation(len(every))[:POINTS_OF_A_CLIP]
    return (every[chosen] + 0.5) / (height, width)


def baseline_without(name: str, shares: dict[str, NDArray[np.float64]]) -> Baseline | None:
    """The baseline of a clip: the shares of all others, in the order of their names; None when there are none."""
    others = [shares[other] for other in sorted(shares) if other != name and len(shares[other])]
    return Baseline(np.concatenate(others)) if others else None
