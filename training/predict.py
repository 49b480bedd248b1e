"""A finished model's maps for the clips of a part, as 10-bit videos of each clip's own size and length."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.layouts import Dataset
from processing.video import MapWriter, VideoFacts, probe, read_rgb
from training import checkpoint, models
from training import config as configs
from training.config import Config, SmallNetConfig
from training.data.pictures import shrink
from training.grid import Grid, Orientation, input_grid, map_grid, orientation_of
from training.models import Model
from training.progress import Reporter, StopRequest
from training.run_folder import RunFolder

# The largest value of a 10-bit map. The smallest written is 1: attention is possible everywhere.
WHITE = 1023

FRAMES_AT_ONCE = 16


@dataclass(frozen=True)
class Predictor:
    """A trained model and the configuration it was trained with, ready on a device."""

    model: Model
    config: Config
    device: torch.device

    def grid(self, orientation: Orientation) -> Grid:
        """The input grid of a way up."""
        return input_grid(orientation, self.config.data.long_side, self.config.data.short_side)

    @torch.inference_mode()
    def densities(
        self, pictures: NDArray[np.uint8], seconds: Sequence[float], orientation: Orientation
    ) -> NDArray[np.float32]:
        """(B, H/2, W/2), each summing to 1, from RGB pictures (B, T, H, W, 3) and media times (B,) in seconds."""
        batch = torch.from_numpy(pictures).to(self.device).permute(0, 1, 4, 2, 3).float() / 255
        times = torch.tensor(seconds, dtype=torch.float32, device=self.device)
        log_density = self.model(batch, times[:, None], orientation)[:, 0]
        density = log_density.exp()
        if isinstance(self.config, SmallNetConfig):
            spread = (0.5 * log_density).flatten(1).softmax(1).view_as(density)
            density = density.lerp(spread, self.config.predict.tail_share)
        return density.cpu().numpy()


def load(run: RunFolder, device: torch.device) -> Predictor:
    """The finished model of a run; raises `BadInput` when it is not finished, damaged, or another run's."""
    config = run.read_config()
    if not run.model.exists():
        raise BadInput(f"{run.root} has no finished model: run `python -m training train` to its end first")
    tensors, _ = checkpoint.load(
        run.model, {"model": config.model, "configuration": configs.fingerprint(config)}
    )
    grids = {
        stands: map_grid(input_grid(stands, config.data.long_side, config.data.short_side))
        for stands in Orientation
    }
    blank = {stands: np.full(grid, 1 / (grid.height * grid.width)) for stands, grid in grids.items()}
    model = models.build(config, blank)
    checkpoint.fill(model, tensors, run.model)
    return Predictor(model.eval().to(device), config, device)


def predict(
    predictor: Predictor,
    dataset: Dataset,
    part: str,
    out: Path,
    *,
    reporter: Reporter,
    stop: StopRequest,
) -> dict[str, int]:
    """Write `out/NAME.mp4` for every clip of a part; returns the number of frames by clip.

    A video appears under its name only when it is whole. Raises `BadInput` for an unknown part or a
    broken video, `Stopped` between two frames when the end was asked for.
    """
    parts = dataset.parts()
    if not parts.get(part):
        raise BadInput(f"the release has no clips in a part {part!r}: it has {', '.join(sorted(parts))}")
    facts = {name: probe(dataset.video(name)) for name in sorted(parts[part])}
    total = sum(each.frames for each in facts.values())
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"cannot write into {out}: {error.strerror}; choose another folder with --out"
        ) from error
    done = 0
    with TemporaryDirectory(prefix=".unfinished-", dir=out) as unfinished:
        for name, of_clip in facts.items():
            target = Path(unfinished, f"{name}.mp4")
            with MapWriter(
                target, width=of_clip.width, height=of_clip.height, fps=of_clip.fps, encoding="near-lossless"
            ) as writer:
                for density in clip_densities(predictor, dataset.video(name), of_clip):
                    stop.check()
                    writer.write(as_map(density, of_clip.width, of_clip.height))
                    done += 1
                    reporter.progress("predict", done, total)
            target.replace(out / f"{name}.mp4")
    return {name: each.frames for name, each in facts.items()}


def clip_densities(predictor: Predictor, video: Path, facts: VideoFacts) -> Iterator[NDArray[np.float32]]:
    """One density on the map grid for each frame of a video, of any length, in bounded memory."""
    orientation = orientation_of(facts.width, facts.height)
    if isinstance(predictor.config, SmallNetConfig):
        lags = [round(lag_s * facts.fps) for lag_s in predictor.config.net.lags_s]
        stacks = _stacks(video, facts, predictor.grid(orientation), lags)
    else:
        # The centre prior does not look, so nothing is decoded.
        stacks = (np.empty((1, *predictor.grid(orientation), 3), np.uint8) for _ in range(facts.frames))
    first = 0
    while batch := list(islice(stacks, FRAMES_AT_ONCE)):
        seconds = [float((first + place) / facts.fps) for place in range(len(batch))]
        yield from predictor.densities(np.stack(batch), seconds, orientation)
        first += len(batch)


def as_map(density: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint16]:
    """A density as a frame (height, width) of a map video: its peak is 1023, nothing in it is below 1."""
    raised = cv2.resize(density / density.max(), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(np.rint(raised * WHITE), 1, WHITE).astype(np.uint16)


def _stacks(video: Path, facts: VideoFacts, grid: Grid, lags: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
    """For each frame the pictures (T, H, W, 3) that lie `lags` frames back; before the start, the first one."""
    recent: deque[NDArray[np.uint8]] = deque(maxlen=max(lags) + 1)
    frames = 0
    for picture in read_rgb(video):
        recent.append(shrink(picture, grid))
        frames += 1
        yield np.stack([recent[max(len(recent) - 1 - lag, 0)] for lag in lags])
    if frames != facts.frames:
        raise BadInput(f"{video.name}: {frames} of {facts.frames} frames can be decoded: copy it again")
