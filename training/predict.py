"""Maps for the clips of a part, as 10-bit videos of each clip's own size and length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.layouts import Dataset
from processing.video import MapWriter, VideoFacts, probe
from training.ensemble import mean_of
from training.predictor import Maps, Predictor
from training.progress import Reporter, StopRequest
from training.streams import clip_log_densities

# The largest value of a 10-bit map. The smallest written is 1: attention is possible everywhere.
WHITE = 1023


def predict(
    predictors: Sequence[Predictor],
    dataset: Dataset,
    part: str,
    out: Path,
    *,
    reporter: Reporter,
    stop: StopRequest,
) -> dict[str, int]:
    """Write `out/NAME.mp4` for every clip of a part; returns the number of frames by clip.

    Of several models the log-densities are averaged. A video appears under its name only when it is whole. Raises
    `BadInput` for an unknown part, a broken video and a folder that cannot be written, `Stopped` between two
    frames when the end was asked for.
    """
    parts = dataset.parts()
    if not parts.get(part):
        raise BadInput(f"the release has no clips in a part {part!r}: it has {', '.join(sorted(parts))}")
    facts = {name: probe(dataset.video(name)) for name in sorted(parts[part])}
    total = sum(each.frames for each in facts.values())
    done = 0
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".unfinished-", dir=out) as unfinished:
            for name, of_clip in facts.items():
                target = Path(unfinished, f"{name}.mp4")
                with MapWriter(
                    target,
                    width=of_clip.width,
                    height=of_clip.height,
                    fps=of_clip.fps,
                    encoding="near-lossless",
                ) as writer:
                    for density in clip_densities(predictors, dataset.video(name), of_clip):
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


def clip_densities(predictors: Sequence[Predictor], video: Path, facts: VideoFacts) -> Iterator[Maps]:
    """One density (h, w) for each frame of a video, with the tail of the first model's configuration."""
    share = predictors[0].tail_share
    streams = [clip_log_densities(each, video, facts) for each in predictors]
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
