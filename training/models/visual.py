"""A network that looks, cut in two where it may be told what is heard."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from training.grid import Orientation
from training.models.model import Model
from training.models.parts import log_density
from training.models.prior_logits import PriorLogits


class Visual(Model):
    """Levels of features from pictures, logits from levels, the centre prior under them.

    `hearing` is the level at which sound joins, `hearing_channels` its width.
    """

    hearing: int
    hearing_channels: int
    prior: PriorLogits

    @abstractmethod
    def encode(self, pictures: Tensor, orientation: Orientation) -> list[Tensor]:
        """(B, T, 3, H, W) to features (B, C, T', H', W'), one tensor a level."""

    @abstractmethod
    def decode(self, levels: Sequence[Tensor], seconds: Tensor, grid: tuple[int, int]) -> Tensor:
        """Levels to logits (B, T, *grid) at the times `seconds` (B, T)."""

    @abstractmethod
    def encoder_layers(self) -> list[list[nn.Parameter]]:
        """The trainable parameters of the pre-trained part, from the input on."""

    def forward(
        self, pictures: Tensor, seconds: Tensor, orientation: Orientation, sound: Tensor | None = None
    ) -> Tensor:
        """Log-density (B, T, H/stride, W/stride), of each of the T pictures (B, T, 3, H, W)."""
        return self.densities(self.encode(pictures, orientation), pictures, seconds, orientation)

    def densities(
        self, levels: Sequence[Tensor], pictures: Tensor, seconds: Tensor, orientation: Orientation
    ) -> Tensor:
        """Log-density (B, T, H/stride, W/stride) from levels; of the pictures only the shape matters."""
        height, width = [side // self.map_stride for side in pictures.shape[-2:]]
        logits = self.decode(levels, seconds, (height, width))
        return log_density(logits.float() + self.prior(orientation, height, width))

    def layers(self) -> list[list[nn.Parameter]]:
        """The encoder's layers, then everything else."""
        return layered(self, self.encoder_layers())


def layered(module: nn.Module, first: list[list[nn.Parameter]]) -> list[list[nn.Parameter]]:
    """The given layers, then one of every other trainable parameter of the module."""
    known = {id(parameter) for layer in first for parameter in layer}
    others = [each for each in module.parameters() if each.requires_grad and id(each) not in known]
    return [*first, others]


def trainable(*modules: nn.Module) -> list[nn.Parameter]:
    """All trainable parameters of some modules."""
    return [each for module in modules for each in module.parameters() if each.requires_grad]
