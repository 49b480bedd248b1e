"""Maps for the clips of a part, as 10-bit videos of each clip's own size and length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.layouts import Dataset
from processing.video import MapWriter, VideoFacts, probe
from processing.work_folder import work_folder
from training.ensemble import mean_of
from training.parts import names_in
from training.predictor import Maps, Predictor
from training.progress import Reporter, StopRequest
from training.streams import clip_log_densities

# The largest value of a 10-bit map. The smallest written is 1: attention is possible everywhere. Coded at CRF 0, as
# the published sets are, some ten pixels a frame come back as 0; without any loss a video is five times as large.
WHITE = 1023

# From a clip's name to that of the clip whose sound a listening model hears with it; None for no sound.
SoundOf = Callable[[str], str | None]


def its_own(name: str) -> str:
    """Every clip is heard with its own sound."""
    return name


def predict(
    predictors: Sequence[Predictor],
    dataset: Dataset,
    part: str,
    out: Path,
    *,
    reporter: Reporter,
    stop: StopRequest,
    sound_of: SoundOf = its_own,
) -> dict[str, int]:
    """Write `out/NAME.mp4` for every clip of a part; returns the number of frames by clip.

    Of several models the log-densities are averaged; those that listen hear the sound of the clip that `sound_of`
    names. A video appears under its name only when it is whole; what a killed process left unfinished is swept away.
    Raises `BadInput` for an unknown part, a broken video
    and a folder that cannot be written, `Stopped` between two frames when the end was asked for.
    """
    facts = {name: probe(dataset.video(name)) for name in names_in(dataset, part)}
    total = sum(each.frames for each in facts.values())
    done = 0
    try:
        out.mkdir(parents=True, exist_ok=True)
        with work_folder(out, ".unfinished-") as unfinished:
            for name, of_clip in facts.items():
                target = unfinished / f"{name}.mp4"
                source = sound_of(name)
                heard = None if source is None else dataset.video(source)
                with MapWriter(
                    target,
                    width=of_clip.width,
                    height=of_clip.height,
                    fps=of_clip.fps,
                    encoding="near-lossless",
                ) as writer:
                    for density in clip_densities(predictors, dataset.video(name), of_clip, heard):
                        stop.check()
                        writer.write(as_map(density, of_clip.width, of_clip.height))
                        done += 1
                        reporter.progress("predict", done, total)
                target.replace(out / f"{name}.mp4")
    except OSError as error:
        raise BadInput(
            f"cannot write into {out}: {error.strerror or error}; make room, or choose another folder with --out"
        ) from error
    return {name: each.frames for name, each in facts.items()}


def clip_densities(
    predictors: Sequence[Predictor], video: Path, facts: VideoFacts, heard: Path | None
) -> Iterator[Maps]:
    """One density (h, w) for each frame of a video, with the tail of the first model's configuration.

    heard: the video whose sound is heard, None for none.
    """
    share = predictors[0].tail_share
    streams = [clip_log_densities(each, video, facts, heard) for each in predictors]
    for log_p in zip(*streams, strict=True):
        yield with_tail(mean_of(log_p), share)


def with_tail(log_density: Maps, share: float) -> Maps:
    """A density of which a share of the mass is spread out as its own square root."""
    density = np.exp(log_density)
    spread = np.exp(0.5 * (log_density - log_density.max()))
    return (1 - share) * density + share * spread / spread.sum()


def as_map(density: Maps, width: int, height: int) -> NDArray[np.uint16]:
    """A density as a frame (height, width) of a map video: its peak is 1023, nothing in it is below 1."""
    raised = cv2.resize(density / density.max(), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(np.rint(raised * WHITE), 1, WHITE).astype(np.uint16)
