"""Training clips: pictures on the input grid, fixation points of the same moments, the sound.

Nothing here opens a video, so training runs on a machine that holds only the cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training import targets
from training.grid import Grid, Orientation, input_grid, map_grid
from training.windows import Window


@dataclass(frozen=True)
class Clip:
    """N moments of one training clip.

    `picture` is the size of the video in pixels; `seconds` (N,) the media times, ascending; `points` N arrays (P, 2)
    of (row, col) in pixels of the video, empty where nobody looked; `sigma_px` the blur of the released maps;
    `pictures` (N, H, W, 3) RGB of uint8 on the input grid, or None for models that do not look; `duration_s` the
    length of the whole clip; `sound` its log-mel spectrogram (mels, steps), None when it has no sound;
    `reliability` how much its targets weigh; `licence` the clip's, None where the release does not state it.
    """

    name: str
    picture: Grid
    orientation: Orientation
    seconds: NDArray[np.float64]
    points: Sequence[NDArray[np.integer]]
    sigma_px: float
    pictures: NDArray[np.uint8] | None
    duration_s: float
    sound: NDArray[np.float16] | None = None
    reliability: float = 1.0
    licence: str | None = None

    @property
    def empty_moments(self) -> int:
        """Moments at which nobody looked."""
        return sum(not len(points) for points in self.points)

    def mean_density(self, grid: Grid) -> NDArray[np.float64]:
        """Mean of the target densities over the moments that have one, (H, W), sums to 1."""
        counts = [len(points) for points in self.points]
        share = (np.concatenate(self.points) + 0.5) / np.array(self.picture)
        owner = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
        sigma = torch.tensor(self.sigma_px / np.array(self.picture)).expand(len(counts), 2)
        density = targets.densities(torch.from_numpy(share), owner, sigma, grid, max(counts))
        return density[torch.tensor(counts) > 0].mean(0).numpy()


@dataclass(frozen=True)
class ClipSet:
    """Clips of a part of a release, in the order of their names, and a digest of everything they came from."""

    clips: Sequence[Clip]
    digest: str
    long_side: int
    short_side: int

    @property
    def empty_moments(self) -> int:
        """Moments of all clips at which nobody looked: nothing is learnt from them."""
        return sum(clip.empty_moments for clip in self.clips)

    def grids(self, stride: int) -> Mapping[Orientation, Grid]:
        """The map grid of each way up, of a model whose maps have one cell for `stride` cells of the pictures."""
        return {
            stands: map_grid(input_grid(stands, self.long_side, self.short_side), stride)
            for stands in Orientation
        }

    def mean_maps(self, stride: int) -> dict[str, tuple[Orientation, NDArray[np.float64]]]:
        """Each clip's way up and mean target density, from which centre priors are made."""
        grids = self.grids(stride)
        return {
            clip.name: (clip.orientation, clip.mean_density(grids[clip.orientation])) for clip in self.clips
        }

    def only(self, names: Collection[str]) -> ClipSet:
        """The clips of these names, in the same order; equal choices have equal digests."""
        kept = [clip for clip in self.clips if clip.name in names]
        text = "\n".join([self.digest, *(clip.name for clip in kept)])
        return ClipSet(kept, hashlib.sha256(text.encode()).hexdigest(), self.long_side, self.short_side)

    def too_short(self, window: Window) -> list[str]:
        """Names of the clips that cannot fill a window; the places beyond their end are not trained on."""
        return [clip.name for clip in self.clips if window.outlasts(clip.duration_s)]
