"""A video of any length through a network that sees windows of it: one log-density for every frame.

A dense network wants pictures at a distance of its own, usually of several frames. The video is then taken as that
many interleaved streams, so that each frame has its turn; windows of a stream overlap by half, and the log-densities
of a frame are averaged with weights that fall off from the middle of a window to its ends. Only the frames of one
round of windows are in memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.video import VideoFacts, read_rgb
from training.data.pictures import shrink
from training.grid import Grid, orientation_of
from training.hearing import Hearing
from training.predictor import Maps, Predictor, normalised
from training.windows import Window


def clip_log_densities(
    predictor: Predictor, video: Path, facts: VideoFacts, heard: Path | None
) -> Iterator[Maps]:
    """One log-density (h, w) on the map grid for each frame.

    heard: the video whose sound a listening model hears, as a rule the same one; None for no sound at all.
    Raises `BadInput` for a video that breaks off and for sound that cannot be decoded.
    """
    window = predictor.window
    if window is None:
        return _unseen(predictor, facts)
    if len(window.targets) == 1:
        return _moments(predictor, window, video, facts)
    return _windows(predictor, window, video, facts, heard)


def _unseen(predictor: Predictor, facts: VideoFacts) -> Iterator[Maps]:
    """For a model that does not look: nothing is decoded."""
    orientation = orientation_of(facts.width, facts.height)
    blank = np.zeros((1, 1, *predictor.grid(orientation), 3), np.uint8)
    for first in range(0, facts.frames, predictor.batch):
        frames = np.arange(first, min(first + predictor.batch, facts.frames))
        yield from predictor.log_densities(blank, frames[None] / float(facts.fps), orientation)[0]


def _moments(predictor: Predictor, window: Window, video: Path, facts: VideoFacts) -> Iterator[Maps]:
    """For a network that sees one moment and what lay before it."""
    orientation = orientation_of(facts.width, facts.height)
    lags = [round(-offset_s * facts.fps) for offset_s in window.offsets_s]
    stacks = _stacks(_pictures(video, facts, predictor.grid(orientation)), lags)
    first = 0
    while batch := list(islice(stacks, predictor.batch)):
        frames = first + np.arange(len(batch))[:, None] - np.array(lags)
        seconds = frames.clip(0) / float(facts.fps)
        yield from predictor.log_densities(np.stack(batch), seconds, orientation)[:, 0]
        first += len(batch)


def _windows(
    predictor: Predictor, window: Window, video: Path, facts: VideoFacts, heard: Path | None
) -> Iterator[Maps]:
    """For a network that gives a map for each picture of its window."""
    orientation = orientation_of(facts.width, facts.height)
    length = len(window.offsets_s)
    step_s = window.offsets_s[1] - window.offsets_s[0]
    streams = max(1, round(step_s * facts.fps))
    starts = window_starts(-(-facts.frames // streams), length)
    weights = triangle(length)
    pictures = _pictures(video, facts, predictor.grid(orientation))
    hearing = Hearing(window, facts, heard)
    seen: dict[int, NDArray[np.uint8]] = {}
    read = 0
    sums: dict[int, Maps] = {}
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        first = start * streams
        frames = first + np.arange(streams)[:, None] + streams * np.arange(length)
        for frame in range(read, min(int(frames[-1, -1]) + 1, facts.frames)):
            seen[frame] = next(pictures)
            read = frame + 1
        for begin in range(0, streams, predictor.batch):
            places = frames[begin : begin + predictor.batch]
            # Beyond the end of the clip its last picture goes on, as in training.
            inside = places.clip(max=facts.frames - 1)
            stacked = np.stack([[seen[frame] for frame in row] for row in inside.tolist()])
            seconds = inside / float(facts.fps)
            log_p = predictor.log_densities(stacked, seconds, orientation, hearing.windows(seconds[:, 0]))
            for row, of_row in zip(places.tolist(), log_p, strict=True):
                for frame, weight, of_frame in zip(row, weights, of_row, strict=True):
                    if frame < facts.frames:
                        sums[frame] = sums.get(frame, np.float32(0)) + weight * of_frame
        finished = facts.frames if following is None else following * streams
        for frame in range(first, finished):
            # The sum of the weights is a factor of the logits, which the next line needs to be 1.
            yield _density(sums.pop(frame), _weight(frame // streams, starts, weights))
        seen = {frame: picture for frame, picture in seen.items() if frame >= finished}
    _require_end(pictures)


def window_starts(places: int, length: int) -> list[int]:
    """Starts of windows over so many places of a stream, overlapping by half; the last one ends with the stream."""
    last = max(places - length, 0)
    return [*range(0, last, max(1, length // 2)), last]


def triangle(length: int) -> list[float]:
    """Weights of the places of a window, highest in the middle, none of them 0."""
    return [float(min(place + 1, length - place)) for place in range(length)]


def _weight(place: int, starts: Sequence[int], weights: Sequence[float]) -> float:
    """The sum of weights that a place of a stream gets from all windows."""
    return sum(weights[place - start] for start in starts if 0 <= place - start < len(weights))


def _density(log_sum: Maps, weight: float) -> Maps:
    return normalised(torch.from_numpy(log_sum / np.float32(weight))).numpy()


def _pictures(video: Path, facts: VideoFacts, grid: Grid) -> Iterator[NDArray[np.uint8]]:
    """The frames on the input grid; raises `BadInput` when there are fewer or more than the file says."""
    frames = 0
    for picture in read_rgb(video):
        frames += 1
        yield shrink(picture, grid)
    if frames != facts.frames:
        raise BadInput(f"{video.name}: {frames} of {facts.frames} frames can be decoded: copy it again")


def _require_end(pictures: Iterator[NDArray[np.uint8]]) -> None:
    """Read on, so that what is wrong at the end of a video is found."""
    for _ in pictures:
        pass


def _stacks(pictures: Iterator[NDArray[np.uint8]], lags: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
    """For each frame the pictures (T, H, W, 3) that lie `lags` frames back; before the start, the first one."""
    recent: deque[NDArray[np.uint8]] = deque(maxlen=max(lags) + 1)
    for picture in pictures:
        recent.append(picture)
        yield np.stack([recent[max(len(recent) - 1 - lag, 0)] for lag in lags])
