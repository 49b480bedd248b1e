"""A finished model that turns windows of pictures into log-densities."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from processing.errors import BadInput
from training import checkpoint, memory, models
from training import device as devices
from training.config import CenterPriorConfig, Config
from training.grid import Grid, Orientation, input_grid, map_grid
from training.models import Model
from training.run_folder import RunFolder
from training.seeing import window_of
from training.windows import Window

Maps = NDArray[np.float32]


@dataclass(frozen=True)
class Predictor:
    """A trained model and the configuration it was trained with, ready on a device.

    mirror: whether the mirrored pictures are predicted as well. windows: how many at once, None as configured.
    """

    model: Model
    config: Config
    device: torch.device
    mirror: bool = False
    windows: int | None = None

    @cached_property
    def window(self) -> Window | None:
        """What the network sees at once; None for the centre prior, which does not look."""
        return None if isinstance(self.config, CenterPriorConfig) else window_of(self.config)

    @property
    def batch(self) -> int:
        """Windows at once."""
        configured = 64 if isinstance(self.config, CenterPriorConfig) else self.config.predict.batch
        return self.windows or configured

    @property
    def tail_share(self) -> float:
        """Share of a map's mass that is spread out, see `PredictConfig`."""
        return 0.0 if isinstance(self.config, CenterPriorConfig) else self.config.predict.tail_share

    def grid(self, orientation: Orientation) -> Grid:
        """The input grid of a way up."""
        return input_grid(orientation, self.config.data.long_side, self.config.data.short_side)

    def log_densities(
        self,
        pictures: NDArray[np.uint8],
        seconds: NDArray[np.float64],
        orientation: Orientation,
        sound: NDArray[np.float16] | None = None,
    ) -> Maps:
        """(B, K, h, w), log-densities; from RGB (B, T, H, W, 3), media times (B, T), and sound (B, mels, steps).

        Raises `BadInput` when so many do not fit into memory.
        """

        def of_first(windows: int) -> Maps:
            heard = None if sound is None else sound[:windows]
            return self._together(pictures[:windows], seconds[:windows], orientation, heard)

        count = len(pictures)
        return memory.or_refused(
            lambda: of_first(count), lambda: self._too_large(memory.largest_that_fits(count, of_first))
        )

    @torch.inference_mode()
    def _together(
        self,
        pictures: NDArray[np.uint8],
        seconds: NDArray[np.float64],
        orientation: Orientation,
        sound: NDArray[np.float16] | None,
    ) -> Maps:
        seen = torch.from_numpy(pictures).to(self.device).permute(0, 1, 4, 2, 3).float() / 255
        times = torch.from_numpy(seconds).to(self.device, torch.float32)
        heard = None if sound is None else torch.from_numpy(sound).to(self.device, torch.float32)
        log_p = self._forward(seen, times, orientation, heard)
        if self.mirror:
            mirrored = self._forward(seen.flip(-1), times, orientation, heard).flip(-1)
            log_p = normalised((log_p + mirrored) / 2)
        return log_p.cpu().numpy()

    def _forward(self, seen: Tensor, times: Tensor, orientation: Orientation, heard: Tensor | None) -> Tensor:
        if isinstance(self.config, CenterPriorConfig):
            return self.model(seen, times, orientation).float()
        with devices.precision(self.device, self.config):
            return self.model(seen, times, orientation, heard).float()

    def _too_large(self, fits: int) -> BadInput:
        where = memory.kind(self.device)
        if not fits:
            return BadInput(
                f"not even one window fits into {where}: predict with --device cpu, or train with a lower "
                "data.long_side or net.frames"
            )
        return BadInput(
            f"predict.batch = {self.batch} does not fit into {where}, {fits} does: predict with --batch {fits}"
        )


def normalised(logits: Tensor) -> Tensor:
    """Logits (..., h, w) as log-densities."""
    return logits.flatten(-2).log_softmax(-1).view_as(logits)


def load(
    run: RunFolder, device: torch.device, *, mirror: bool | None = None, windows: int | None = None
) -> Predictor:
    """The finished model of a run; `mirror` and `windows` in place of its configuration's wish.

    Raises `BadInput` when it is not finished, damaged, or another run's.
    """
    config = run.read_config()
    if not run.model.exists():
        raise BadInput(f"{run.root} has no finished model: run `python -m training train` to its end first")
    tensors, _ = checkpoint.load(run.model, {"model": config.model, "configuration": run.fingerprint(config)})
    stride = models.map_stride(config)
    grids = {
        stands: map_grid(input_grid(stands, config.data.long_side, config.data.short_side), stride)
        for stands in Orientation
    }
    # A centre prior that is divided in time has a map for each span.
    edges_s = config.net.edges_s if isinstance(config, CenterPriorConfig) else ()
    spans = (len(edges_s) + 1,) if edges_s else ()
    blank = {
        stands: np.full((*spans, *grid), 1 / (grid.height * grid.width)) for stands, grid in grids.items()
    }
    model = models.build(config, blank)
    checkpoint.fill(model, tensors, run.model)
    wish = mirror if mirror is not None else _mirrors(config)
    return Predictor(devices.placed(model.eval(), device), config, device, wish, windows)


def _mirrors(config: Config) -> bool:
    return not isinstance(config, CenterPriorConfig) and config.predict.mirror
