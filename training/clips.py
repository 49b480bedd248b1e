"""Training clips in memory: pictures on the input grid, fixation points of the same moments.

Nothing here opens a video, so training runs on a machine that holds only the cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training import targets
from training.grid import Grid, Orientation, input_grid, map_grid


@dataclass(frozen=True)
class Clip:
    """K moments of one training clip.

    `picture` is the size of the video in pixels; `seconds` (K,) the media times; `points` K arrays (N, 2) of
    (row, col) in pixels of the video, none empty; `sigma_px` the blur of the released maps; `pictures`
    (K, H, W, 3) RGB of uint8 on the input grid, or None for models that do not look.
    """

    name: str
    picture: Grid
    orientation: Orientation
    seconds: NDArray[np.float64]
    points: Sequence[NDArray[np.integer]]
    sigma_px: float
    pictures: NDArray[np.uint8] | None

    def counts(self, moment: int, grid: Grid) -> NDArray[np.float64]:
        """Fixation points of one moment splatted on the map grid, (H, W)."""
        return targets.splat(self.points[moment], self.picture, grid)

    def sigma_cells(self, grid: Grid) -> tuple[float, float]:
        """The blur along rows and columns of the map grid, in cells."""
        return targets.sigma_cells(self.sigma_px, self.picture, grid)

    def mean_density(self, grid: Grid) -> NDArray[np.float64]:
        """Mean over the moments of the target densities, (H, W), sums to 1."""
        sigma = self.sigma_cells(grid)
        return np.mean(
            [targets.density(self.counts(k, grid), sigma) for k in range(len(self.points))], axis=0
        )


@dataclass(frozen=True)
class ClipSet:
    """All training clips of a release, in the order of their names, and a digest of everything they came from."""

    clips: Sequence[Clip]
    digest: str
    long_side: int
    short_side: int

    @cached_property
    def map_grids(self) -> Mapping[Orientation, Grid]:
        """The map grid of each way up."""
        return {
            stands: map_grid(input_grid(stands, self.long_side, self.short_side)) for stands in Orientation
        }

    def mean_maps(self) -> dict[str, tuple[Orientation, NDArray[np.float64]]]:
        """Each clip's way up and mean target density, from which centre priors are made."""
        return {
            clip.name: (clip.orientation, clip.mean_density(self.map_grids[clip.orientation]))
            for clip in self.clips
        }
