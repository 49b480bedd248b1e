"""Which moments of which clips make up step n: a pure function of the seed and n.

Nothing has to be remembered to go on after an interruption. In every epoch each clip gives `frames_per_clip`
moments, one from each of as many equal parts of the clip, so that long runs see all of it; a batch holds
clips of one way up only, because those share a grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import targets
from training.clips import ClipSet
from training.grid import Orientation

Pick = tuple[int, int]


@dataclass(frozen=True)
class Batch:
    """`pictures` (B, T, H, W, 3) RGB of uint8, `seconds` (B,), `density` and `counts` (B, H/2, W/2), float32."""

    orientation: Orientation
    pictures: NDArray[np.uint8]
    seconds: NDArray[np.float32]
    density: NDArray[np.float32]
    counts: NDArray[np.float32]


class Sampler:
    """Batches of a clip set; `lag_moments` says how many moments back each of the T pictures lies."""

    def __init__(
        self, clips: ClipSet, *, lag_moments: Sequence[int], batch: int, frames_per_clip: int, seed: int
    ) -> None:
        self._clips = clips
        self._lags = np.array(lag_moments)
        self._batch = batch
        self._frames_per_clip = frames_per_clip
        self._seed = seed
        self._epoch: tuple[int, list[list[Pick]]] | None = None
        self.steps_per_epoch = len(self._epoch_picks(0))

    def batch(self, step: int) -> Batch:
        """The batch of a step, counted from 0."""
        epoch, place = divmod(step, self.steps_per_epoch)
        return self._gather(self._epoch_picks(epoch)[place])

    def _epoch_picks(self, epoch: int) -> list[list[Pick]]:
        if self._epoch is None or self._epoch[0] != epoch:
            self._epoch = (epoch, self._draw_epoch(np.random.default_rng([self._seed, epoch])))
        return self._epoch[1]

    def _draw_epoch(self, rng: np.random.Generator) -> list[list[Pick]]:
        batches = []
        for orientation in Orientation:
            picks = [
                (index, int(moment))
                for index, clip in enumerate(self._clips.clips)
                if clip.orientation is orientation
                for moment in self._moments(len(clip.points), rng)
            ]
            order = [picks[place] for place in rng.permutation(len(picks))]
            for start in range(0, len(order), self._batch):
                whole = order[start : start + self._batch]
                # A short last batch is filled up from the epoch's beginning, as often as it takes.
                fill = (order[place % len(order)] for place in range(self._batch - len(whole)))
                batches.append([*whole, *fill])
        return [batches[place] for place in rng.permutation(len(batches))]

    def _moments(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        edges = np.linspace(0, count, self._frames_per_clip + 1)
        drawn = np.floor(rng.uniform(edges[:-1], edges[1:])).astype(np.int64)
        return np.minimum(drawn, count - 1)

    def _gather(self, picks: list[Pick]) -> Batch:
        orientation = self._clips.clips[picks[0][0]].orientation
        grid = self._clips.map_grids[orientation]
        pictures, seconds, counts, densities = [], [], [], []
        for index, moment in picks:
            clip = self._clips.clips[index]
            assert clip.pictures is not None, "clips were prepared without pictures"
            pictures.append(clip.pictures[np.maximum(moment - self._lags, 0)])
            seconds.append(clip.seconds[moment])
            counts.append(clip.counts(moment, grid))
            densities.append(targets.density(counts[-1], clip.sigma_cells(grid)))
        return Batch(
            orientation=orientation,
            pictures=np.stack(pictures),
            seconds=np.array(seconds, np.float32),
            density=np.stack(densities).astype(np.float32),
            counts=np.stack(counts).astype(np.float32),
        )
