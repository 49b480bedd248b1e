"""Which windows of which clips make up step n: a pure function of the seed, n and the rank.

Nothing has to be remembered to go on after an interruption. In every epoch each clip gives `windows_per_clip`
windows, one start from each of as many equal parts of the clip, so that all of it is seen; a batch holds clips
of one way up only, because those share a grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training import sound
from training.clips import Clip, ClipSet
from training.device import moved
from training.grid import Orientation
from training.tensors import BatchTensors
from training.windows import Pick, Window, drawn_starts, even_starts, places


@dataclass(frozen=True)
class Batch:
    """B windows of T pictures and K targets, as arrays.

    pictures: uint8 (B, T, H, W, 3) RGB. seconds: float32 (B, T), media time of each.
    sound: float32 (B, mels, steps), log-mel, silence beyond a clip's ends, NaN for a clip without a sound track; None
        where the window asks for none.
    points: float32 (P, 2) as (row, col), shares of the picture's height and width, at pixel centres.
    owner: int64 (P,), the map b * K + k of each point, ascending.
    sigma: float32 (B, 2), the blur as shares of height and width.
    valid: bool (B, K), False beyond the clip's ends and where nobody looked. weight: float32 (B, K), reliability.
    clips: int64 (B,), number in the set.
    """

    orientation: Orientation
    pictures: NDArray[np.uint8]
    seconds: NDArray[np.float32]
    sound: NDArray[np.float32] | None
    points: NDArray[np.float32]
    owner: NDArray[np.int64]
    sigma: NDArray[np.float32]
    valid: NDArray[np.bool_]
    clips: NDArray[np.int64]
    weight: NDArray[np.float32]

    def tensors(self, device: torch.device) -> BatchTensors:
        """The same on a device, pictures as float32 (B, T, 3, H, W) in [0, 1]."""

        def there(array: NDArray[np.generic]) -> Tensor:
            return moved(torch.from_numpy(array), device)

        return BatchTensors(
            orientation=self.orientation,
            pictures=there(self.pictures).permute(0, 1, 4, 2, 3).contiguous().float().div_(255),
            seconds=there(self.seconds),
            sound=None if self.sound is None else there(self.sound),
            points=there(self.points),
            owner=there(self.owner),
            sigma=there(self.sigma),
            valid=there(self.valid),
            clips=there(self.clips),
            weight=there(self.weight),
            most_points=int(np.bincount(self.owner, minlength=1).max()),
        )


class Sampler:
    """Batches of a clip set for one of `world` processes.

    Together they see one batch of `world * batch` windows, of which rank r has rows r, r + world, ...
    """

    def __init__(
        self,
        clips: ClipSet,
        *,
        window: Window,
        batch: int,
        windows_per_clip: int,
        seed: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self._clips = clips
        self._window = window
        self._together = batch * world
        self._windows_per_clip = windows_per_clip
        self._seed = seed
        self._rows = slice(rank, None, world)
        self._epoch: tuple[int, list[list[Pick]]] | None = None
        self.steps_per_epoch = len(self._epoch_picks(0))

    def batch(self, step: int) -> Batch:
        """The batch of a step, counted from 0."""
        epoch, place = divmod(step, self.steps_per_epoch)
        return gather(self._clips, self._epoch_picks(epoch)[place][self._rows], self._window)

    def _epoch_picks(self, epoch: int) -> list[list[Pick]]:
        if self._epoch is None or self._epoch[0] != epoch:
            self._epoch = (epoch, self._draw_epoch(np.random.default_rng([self._seed, epoch])))
        return self._epoch[1]

    def _draw_epoch(self, rng: np.random.Generator) -> list[list[Pick]]:
        batches = []
        for orientation in Orientation:
            picks = [
                pick
                for index, clip in enumerate(self._clips.clips)
                if clip.orientation is orientation
                for pick in self._windows(index, clip, rng)
            ]
            order = [picks[place] for place in rng.permutation(len(picks))]
            for start in range(0, len(order), self._together):
                whole = order[start : start + self._together]
                # A short last batch is filled up from the epoch's beginning, as often as it takes.
                fill = (order[place % len(order)] for place in range(self._together - len(whole)))
                batches.append([*whole, *fill])
        return [batches[place] for place in rng.permutation(len(batches))]

    def _windows(self, index: int, clip: Clip, rng: np.random.Generator) -> list[Pick]:
        starts = drawn_starts(self._window, clip.duration_s, self._windows_per_clip, rng)
        stretches = 1 + self._window.jitter * rng.uniform(-1, 1, len(starts))
        return [Pick(index, *both) for both in zip(starts.tolist(), stretches.tolist(), strict=True)]


def even_batches(clips: ClipSet, window: Window, *, batch: int, windows_per_clip: int) -> Iterator[Batch]:
    """The same windows each time, evenly spaced over every clip and each once, for validation."""
    for orientation in Orientation:
        picks = [
            Pick(index, start_s)
            for index, clip in enumerate(clips.clips)
            if clip.orientation is orientation
            for start_s in even_starts(window, clip.duration_s, windows_per_clip).tolist()
        ]
        for start in range(0, len(picks), batch):
            yield gather(clips, picks[start : start + batch], window)


def gather(clips: ClipSet, picks: Sequence[Pick], window: Window) -> Batch:
    """The batch of chosen windows, at least one, all of clips of one way up."""
    chosen = [clips.clips[pick.clip] for pick in picks]
    targets = list(window.targets)
    pictures, seconds, valid, points, owner = [], [], [], [], []
    for sample, (clip, pick) in enumerate(zip(chosen, picks, strict=True)):
        assert clip.pictures is not None, "clips were prepared without pictures"
        moments, inside = places(window, pick, clip.seconds, clip.duration_s)
        pictures.append(clip.pictures[moments])
        seconds.append(clip.seconds[moments])
        looked_at = [clip.points[moment] for moment in moments[targets]]
        counts = np.array([len(each) for each in looked_at])
        valid.append(inside[targets] & (counts > 0) & (seconds[-1][targets] >= window.skip_first_s))
        points.append((np.concatenate(looked_at) + 0.5) / np.array(clip.picture))
        owner.append(np.repeat(sample * len(targets) + np.arange(len(targets)), counts))
    weight = np.repeat([[clip.reliability] for clip in chosen], len(targets), axis=1)
    return Batch(
        orientation=chosen[0].orientation,
        pictures=np.stack(pictures),
        seconds=np.stack(seconds).astype(np.float32),
        sound=_sound(chosen, picks, window),
        points=np.concatenate(points).astype(np.float32),
        owner=np.concatenate(owner).astype(np.int64),
        sigma=np.array([clip.sigma_px / np.array(clip.picture) for clip in chosen], np.float32),
        valid=np.stack(valid),
        clips=np.array([pick.clip for pick in picks], np.int64),
        weight=weight.astype(np.float32),
    )


def _sound(chosen: Sequence[Clip], picks: Sequence[Pick], window: Window) -> NDArray[np.float32] | None:
    if window.sound_before_s is None:
        return None
    first, last = min(window.offsets_s), max(window.offsets_s)
    steps = round((last - first + window.sound_before_s) * sound.STEPS_PER_S)
    heard = np.full((len(picks), sound.MELS, steps), np.nan, np.float32)
    for sample, (clip, pick) in enumerate(zip(chosen, picks, strict=True)):
        if clip.sound is not None:
            begin_s = pick.start_s + pick.stretch * first - window.sound_before_s
            begin = round(begin_s * sound.STEPS_PER_S)
            heard[sample] = sound.cut(clip.sound, begin, begin + steps)
    return heard
