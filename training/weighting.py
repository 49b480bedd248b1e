"""Easy and hard clips: what a model already predicts well weighs less.

Each clip keeps a moving average of its SIM. With tau the median over the clips seen so far and gain a, a clip weighs
clip(1 + a (tau - sim) / tau, 1, 1 + a), divided by the mean over all clips. A clip on which people disagree counts as
a hard one: for SIM nobody knows what a perfect model would reach.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.device import moved

_TINY = 1e-6


class EasyHard:
    """Weights by clip; the state is two tensors (clips,) on the CPU, which a checkpoint can hold."""

    def __init__(self, clips: int, *, gain: float = 1.0, decay: float = 0.9) -> None:
        """gain: a hard clip weighs up to 1 + gain times an easy one. decay: of the moving average, an update."""
        self._gain = gain
        self._decay = decay
        self._sim = torch.zeros(clips)
        self._seen = torch.zeros(clips, dtype=torch.bool)

    def tensors(self) -> dict[str, Tensor]:
        """The state, by name."""
        return {"sim": self._sim.clone(), "seen": self._seen.clone()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Go back to a state that `tensors` gave."""
        self._sim.copy_(tensors["sim"])
        self._seen.copy_(tensors["seen"])

    def update(self, clips: Tensor, sim: Tensor, valid: Tensor) -> None:
        """Take in the SIM (B, K) of a batch's valid maps; clips: int64 (B,).

        Of a clip that is there several times the mean counts once. Processes that share a batch hand over all of it.
        """
        sim, valid, clips = sim.detach().float().cpu(), valid.cpu(), clips.cpu()
        sums, counts = torch.zeros_like(self._sim), torch.zeros_like(self._sim)
        # Not a product: what is not valid may be no number.
        sums.index_add_(0, clips, sim.where(valid, 0).sum(1))
        counts.index_add_(0, clips, valid.sum(1).float())
        given = counts > 0
        fresh = sums / counts.clamp_min(1)
        moved = torch.where(self._seen, self._decay * self._sim + (1 - self._decay) * fresh, fresh)
        self._sim = torch.where(given, moved, self._sim)
        self._seen = self._seen | given

    def weights(self, clips: Tensor) -> Tensor:
        """What the clips (B,) weigh, float32 (B,) on their device; 1 as long as none has been seen."""
        # The table goes to the clips: to fetch them from a GPU would be to wait for it.
        return moved(self.all_weights(), clips.device)[clips]

    def all_weights(self) -> Tensor:
        """What every clip weighs, (clips,), mean 1; a clip that was not seen counts as an easy one."""
        if not self._seen.any():
            return torch.ones_like(self._sim)
        tau = self._sim[self._seen].median().clamp_min(_TINY)
        raw = (1 + self._gain * (tau - self._sim) / tau).clamp(1, 1 + self._gain)
        raw = torch.where(self._seen, raw, torch.ones_like(raw))
        return raw / raw.mean()
