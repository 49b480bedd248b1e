"""What changes from step to step, and how one step changes it.

The state after step n depends on the configuration, the clips and n alone: batches, random changes and dropout are
drawn from (seed, n), the learning rate is a function of n. On a CPU a run that was interrupted anywhere ends
with the same bits as one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from processing.errors import BadInput
from training import checkpoint, losses, memory, targets
from training import device as devices
from training.augment import augment
from training.batches import Batch, Sampler
from training.checkpoint import Tensors
from training.clips import ClipSet
from training.config import NetworkConfig
from training.data.prefetch import prefetched
from training.grid import Grid
from training.models import Model
from training.optimizing import Average, learning_rate_share, optimizer_of, set_rate
from training.processes import ALONE, Processes
from training.seeing import window_of
from training.weighting import EasyHard

# Keeps the draws for random changes and for dropout apart from those for batches.
AUGMENT_STREAM, DROPOUT_STREAM = 1, 2

# Steps in a row without a finite loss and gradient after which there is no hope.
HOPELESS = 10


class Training:
    """A model in training on one device; several processes with one each make one step together."""

    def __init__(
        self,
        model: Model,
        config: NetworkConfig,
        clips: ClipSet,
        device: torch.device,
        processes: Processes = ALONE,
    ) -> None:
        self.config = config
        self.device = device
        self.processes = processes
        self.model = devices.placed(model, device)
        self.average = Average(model, config.optimizer.ema)
        self.optimizer = optimizer_of(model, config.optimizer)
        self.hard = EasyHard(len(clips.clips), gain=config.loss.hard_gain) if config.loss.hard_gain else None
        self.step = 0
        self.skipped = 0
        self._clips = clips
        self._sampler = self._sampler_of(config.train.batch)
        self._batches: Iterator[Batch] | None = None
        self._encoder = [parameter for layer in model.layers()[:-1] for parameter in layer]
        self._frozen: bool | None = None
        self._network: nn.Module = model
        self._exchanging: DistributedDataParallel | None = None
        # What a pass changes before it is known whether its step counts: each clip's SIM, and running statistics.
        self._found: list[tuple[Tensor, Tensor, Tensor]] = []
        self._running = _running_statistics(model)

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        config = self.config
        return config.optimizer.lr * learning_rate_share(
            self.step, config.train.steps, config.optimizer.warmup_share
        )

    def advance(self) -> float:
        """Take one step and return its loss, the mean over all processes.

        A step whose loss or gradient is not finite changes nothing. Raises `BadInput` after ten of them in a row, and
        when a batch does not fit into memory.
        """
        before = [buffer.clone() for buffer in self._running]
        loss, moved = memory.or_refused(self._move, self._too_large)
        if moved:
            self.average.update(self.model, self.step + 1)
            if self.hard:
                for found in self._found:
                    self.hard.update(*found)
            self.skipped = 0
        else:
            for buffer, value in zip(self._running, before, strict=True):
                buffer.copy_(value)
            self._skip()
        self.step += 1
        return loss

    def averaged_weights(self) -> Tensors:
        """The model's state with the averaged parameters in place of the last ones."""
        return {**self.model.state_dict(), **self.average.values}

    def tensors(self) -> Tensors:
        """The whole state, named, for a checkpoint; `counts` go with it as facts."""
        return {
            **{f"model.{name}": value for name, value in self.model.state_dict().items()},
            **{f"average.{name}": value for name, value in self.average.values.items()},
            **{f"hard.{name}": value for name, value in (self.hard.tensors() if self.hard else {}).items()},
            **checkpoint.optimizer_tensors(self.model, self.optimizer),
        }

    def counts(self) -> dict[str, str]:
        """The numbers that belong to the state."""
        return {"step": str(self.step), "skipped": str(self.skipped)}

    def restore(self, tensors: Tensors, facts: Mapping[str, str]) -> None:
        """Go back to a saved state of the same run."""
        self.model.load_state_dict(checkpoint.under("model.", tensors))
        self.average.restore(checkpoint.under("average.", tensors))
        if self.hard:
            self.hard.restore(checkpoint.under("hard.", tensors))
        checkpoint.restore_optimizer(self.model, self.optimizer, tensors)
        self.step = int(facts["step"])
        self.skipped = int(facts["skipped"])
        self._batches = None

    def _move(self) -> tuple[float, bool]:
        """Move the weights where loss and gradient are finite; the loss, and whether they were moved."""
        loss, norm = self._gradient()
        finite = math.isfinite(loss) and math.isfinite(norm)
        if finite:
            self.optimizer.step()
        return loss, finite

    def _gradient(self) -> tuple[float, float]:
        """Loss and norm of the gradient, which stands in the parameters afterwards."""
        loop = self.config.train
        self._freeze()
        self.model.train()
        torch.manual_seed(self._seed(DROPOUT_STREAM, self.processes.rank))
        set_rate(self.optimizer, self.rate)
        self.optimizer.zero_grad(set_to_none=True)
        self._found.clear()
        total, weight = torch.zeros(2, device=self.device).unbind()
        for place in range(loop.accumulate):
            batch = self._next_batch()
            with self._apart(place + 1 < loop.accumulate):
                loss, of_batch = self._loss(batch, place)
                loss.backward()
            total += loss.detach()
            weight += of_batch
        # What the maps of all batches and processes weigh together is known only now.
        weight = self.processes.mean(weight).clamp_min(torch.finfo(torch.float32).tiny)
        for parameter in self.model.parameters():
            if parameter.grad is not None:
                parameter.grad.div_(weight)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.config.optimizer.clip_norm)
        return float(self.processes.mean(total) / weight), float(norm)

    def _loss(self, drawn: Batch, place: int) -> tuple[Tensor, Tensor]:
        """The weighted loss of a batch, summed over its valid maps and divided by the number of all, and their mean
        weight: the one divided by the other, each summed over the batches of a step, is the step's loss."""
        config = self.config
        stream = [config.seed, AUGMENT_STREAM, self.step * config.train.accumulate + place]
        rank, world = self.processes.rank, self.processes.world
        rng = np.random.default_rng(stream if world == 1 else [*stream, rank])
        batch = augment(drawn.tensors(self.device), config.augment, rng)
        with devices.precision(self.device, config):
            log_p = self._network(batch.pictures, batch.seconds, batch.orientation, batch.sound)
        counts, density = targets.render(
            batch,
            Grid(*log_p.shape[-2:]),
            self.device,
            placing=config.data.placing,
            dilate_cells=config.data.dilate_cells,
        )
        share_done = self.step / config.train.steps
        weight = batch.weight
        if self.hard and share_done >= config.loss.hard_from_share:
            weight = weight * self.hard.weights(batch.clips)[:, None]
        if self.hard:
            sim = losses.sim(log_p.detach().float(), density)
            clips, sims, valid = (self.processes.together(each) for each in (batch.clips, sim, batch.valid))
            self._found.append((clips, sims, valid))
        loss = losses.total(
            log_p,
            density,
            counts,
            batch.valid,
            config.loss,
            share_done,
            weight,
            weight_sum=float(batch.valid.numel()),
        )
        return loss, losses.weight_of(batch.valid, weight).mean()

    def _next_batch(self) -> Batch:
        if self._batches is None:
            loop = self.config.train
            self._batches = prefetched(
                self._sampler, first=self.step * loop.accumulate, stop=loop.steps * loop.accumulate
            )
        return next(self._batches)

    def _freeze(self) -> None:
        """Let the encoder rest in the first epochs, and wrap the network for what learns now."""
        loop = self.config.train
        epoch = self.step * loop.accumulate // self._sampler.steps_per_epoch
        frozen = epoch < self.config.optimizer.frozen_epochs
        if frozen == self._frozen:
            return
        for parameter in self._encoder:
            parameter.requires_grad_(not frozen)
        self._frozen = frozen
        self._network = self.model
        if self.processes.world > 1:
            # Each way up has parameters of its own, so some are without a gradient in every step.
            self._network = self._exchanging = DistributedDataParallel(
                self.model, find_unused_parameters=True
            )
        if loop.compile and self.device.type == "cuda":
            # A wrapper, not `Module.compile`: samples and validations call the model with other weights.
            self._network = cast(nn.Module, torch.compile(self._network, dynamic=False))

    def _apart(self, more_to_come: bool) -> AbstractContextManager[object]:
        """Processes exchange gradients once a step, not once a batch."""
        return self._exchanging.no_sync() if more_to_come and self._exchanging else nullcontext()

    def _skip(self) -> None:
        self.skipped += 1
        if self.skipped >= HOPELESS:
            lr = self.config.optimizer.lr
            raise BadInput(
                f"the loss is no number any more at step {self.step}, for the {HOPELESS}th time in a row: lower "
                f"optimizer.lr (now {lr:g}) and start again in a new run folder"
            )

    def _too_large(self) -> BadInput:
        batch, alone = self.config.train.batch, self.processes.world == 1
        self._forget()
        fits = memory.largest_that_fits(batch, self._attempt) if alone else batch // 2
        return memory.training_refusal(self.config, self.device, fits, tried=alone)

    def _attempt(self, batch: int) -> None:
        """A step with so many windows and all that the optimizer keeps, at a rate of 0, which leaves the weights."""
        try:
            self._loss(self._sampler_of(batch).batch(0), 0)[0].backward()
            set_rate(self.optimizer, 0)
            self.optimizer.step()
        finally:
            self._forget()

    def _forget(self) -> None:
        """Free gradients and the optimizer's state, which may be half of one; no step can follow but a first one."""
        self.optimizer.zero_grad(set_to_none=True)
        self.optimizer.state.clear()

    def _sampler_of(self, batch: int) -> Sampler:
        return Sampler(
            self._clips,
            window=window_of(self.config),
            batch=batch,
            windows_per_clip=self.config.train.windows_per_clip,
            seed=self.config.seed,
            rank=self.processes.rank,
            world=self.processes.world,
        )

    def _seed(self, *stream: int) -> int:
        words = np.random.SeedSequence([self.config.seed, self.step, *stream]).generate_state(2)
        return int(words[0]) << 31 | int(words[1]) >> 1


def _running_statistics(model: nn.Module) -> list[Tensor]:
    """The running statistics that a model's passes in training change."""
    model.train()
    norms = (module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm))
    return [buffer for norm in norms if norm.training for buffer in norm.buffers()]
