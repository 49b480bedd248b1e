"""AdamW, how fast each layer of a model learns, and the average of its weights."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from training.config import OptimizerConfig
from training.models import Model

BETAS = (0.9, 0.95)

# Tables of places, tokens and shapes are no kernels: to decay them would pull every place to the same one.
PLACES = (
    "pos_embed",
    "cls_token",
    "pitch",
    "orientation",
    "distance",
    "whitening",
    "smoothing",
    "mix.kernel",
)


def optimizer_of(model: Model, config: OptimizerConfig) -> torch.optim.AdamW:
    """AdamW with a group of kernels, which decay, and one of offsets, norms and tables, which do not, for each layer.

    Each group's `scale` is its share of the learning rate: 1 for the last layer, which holds all that is new; in
    the encoder before it, `encoder_lr_share` for the last layer and `layer_decay` times less for each one before.
    """
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    layers = model.layers()
    groups = []
    for place, layer in enumerate(layers):
        below = len(layers) - 2 - place
        scale = 1.0 if below < 0 else config.encoder_lr_share * config.layer_decay**below
        kernels = [each for each in layer if _decays(names[id(each)], each)]
        others = [each for each in layer if not _decays(names[id(each)], each)]
        for parameters, decay in ((kernels, config.weight_decay), (others, 0.0)):
            if parameters:
                groups.append({"params": parameters, "weight_decay": decay, "scale": scale})
    return torch.optim.AdamW(groups, lr=config.lr, betas=BETAS)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give every group its share of a learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"]


def learning_rate_share(step: int, steps: int, warmup_share: float) -> float:
    """Linear warm-up to 1, then half a cosine down to 0 after the last step."""
    warmup = math.ceil(steps * warmup_share)
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


class Average:
    """Exponential moving average of a model's trainable parameters, by name."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._decay = decay
        self.values = {
            name: parameter.detach().clone()
            for name, parameter in model.named_parameters()
            if parameter.requires_grad
        }

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take in the weights after `step` steps; at first with a short memory, to forget the untrained beginning."""
        decay = min(self._decay, (1 + step) / (10 + step))
        learnt = {name: each.detach() for name, each in model.named_parameters() if name in self.values}
        # All at once: on a GPU a call for each of hundreds of parameters takes longer than what it does.
        take_in = get_ema_multi_avg_fn(decay)
        take_in([self.values[name] for name in learnt], list(learnt.values()), step)

    def restart(self, model: nn.Module) -> None:
        """Begin again with the model's weights as they are now."""
        self.restore({name: each.detach() for name, each in model.named_parameters() if name in self.values})

    def restore(self, values: dict[str, Tensor]) -> None:
        """Go back to saved values."""
        for name, value in values.items():
            self.values[name].copy_(value)


def _decays(name: str, parameter: Tensor) -> bool:
    return parameter.ndim > 1 and not any(word in name for word in PLACES)
