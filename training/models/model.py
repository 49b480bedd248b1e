"""What every baseline is to the engine: a module with a map grid and layers in order of depth."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from training.grid import Orientation


class Model(nn.Module, ABC):
    """Gives log-densities (B, K, h, w) of K moments of a window, each map a log-softmax over its cells, float32.

    `map_stride` says how many cells of the input grid lie along a side of a map cell.
    """

    listens = False

    def __init__(self, map_stride: int) -> None:
        super().__init__()
        self.map_stride = map_stride

    @abstractmethod
    def forward(
        self, pictures: Tensor, seconds: Tensor, orientation: Orientation, sound: Tensor | None = None
    ) -> Tensor:
        """Log-density (B, K, H/stride, W/stride).

        `pictures` is (B, T, 3, H, W) RGB in [0, 1], `seconds` (B, T) the media time of each, `sound` (B, mels,
        steps) the log-mel spectrogram of the window, or None when there is none.
        """

    def layers(self) -> list[list[nn.Parameter]]:
        """Every trainable parameter once, from the input to the output: learning rates may rise along it."""
        return [[parameter for parameter in self.parameters() if parameter.requires_grad]]
