"""Fit a model to training clips: priors in closed form, then gradient steps, resumable at every step.

The state after step n depends on the configuration, the clips and n alone: batches and random changes are
drawn from (seed, n), the learning rate is a function of n. On a CPU a run that was interrupted anywhere
ends with the same bits as one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from processing.errors import BadInput
from training import checkpoint, losses, models, targets
from training import config as configs
from training.augment import augment
from training.batches import Batch, Sampler
from training.checkpoint import Tensors
from training.clips import ClipSet
from training.config import Config, OptimizerConfig, SmallNetConfig
from training.grid import Grid
from training.models import Model, center_prior
from training.progress import Reporter, StopRequest
from training.run_folder import RunFolder
from training.windows import Window

# Keeps the draws for random changes apart from those for batches.
AUGMENT_STREAM = 1


def fit(
    config: Config,
    clips: ClipSet,
    run: RunFolder,
    *,
    device: torch.device,
    reporter: Reporter,
    stop: StopRequest,
) -> Mapping[str, object]:
    """Train as configured and write `run.model`; goes on from `run.checkpoint` when there is one, and does nothing
    when the model is already there.

    Returns facts about the result. Raises `Stopped` after saving when the end was asked for, `BadInput`
    when the checkpoint belongs to another run or the loss is no number any more.
    """
    identity = identity_of(config, clips)
    priors = center_prior.fit(clips.mean_maps(), clips.map_grids)
    torch.manual_seed(config.seed)
    model = models.build(config, priors)
    facts: dict[str, object] = {"parameters": sum(parameter.numel() for parameter in model.parameters())}
    weights: Tensors = model.state_dict()
    if run.model.exists():
        checkpoint.load(run.model, identity)
        return facts
    if isinstance(config, SmallNetConfig):
        training = Training(model, config, clips, device)
        if run.checkpoint.exists():
            training.restore(*checkpoint.load(run.checkpoint, identity))
        facts["loss"] = _take_steps(training, run, identity, reporter, stop)
        facts["steps"] = config.train.steps
        weights = training.averaged_weights()
    checkpoint.save(run.model, weights, identity)
    run.checkpoint.unlink(missing_ok=True)
    return facts


def identity_of(config: Config, clips: ClipSet) -> dict[str, str]:
    """What must be equal for a checkpoint to fit a run."""
    return {"model": config.model, "configuration": configs.fingerprint(config), "release": clips.digest}


class Training:
    """Everything that changes from step to step."""

    def __init__(self, model: Model, config: SmallNetConfig, clips: ClipSet, device: torch.device) -> None:
        self.config = config
        self.device = device
        self.model = model.to(device)
        self.average = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
        self.optimizer = _optimizer(model, config.optimizer)
        self.step = 0
        self._sampler = Sampler(
            clips,
            window=Window.lagged(config.net.lags_s),
            batch=config.train.batch,
            windows_per_clip=config.train.frames_per_clip,
            seed=config.seed,
        )

    def advance(self) -> float:
        """Take one step and return its loss. Raises `BadInput` when loss or gradient is not finite."""
        config = self.config.optimizer
        share_done = self.step / self.config.train.steps
        for group in self.optimizer.param_groups:
            group["lr"] = config.lr * learning_rate_share(
                self.step, self.config.train.steps, config.warmup_share
            )
        loss = self._loss(self._sampler.batch(self.step), share_done)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), config.clip_norm)
        value = float(loss.detach())
        if not (math.isfinite(value) and math.isfinite(float(norm))):
            raise BadInput(
                f"the loss is no number any more at step {self.step}: lower optimizer.lr (now {config.lr:g}) and "
                "start again in a new run folder"
            )
        self.optimizer.step()
        self.step += 1
        self._update_average()
        return value

    def averaged_weights(self) -> Tensors:
        """The model's state with the averaged parameters in place of the last ones."""
        return {**self.model.state_dict(), **self.average}

    def tensors(self) -> Tensors:
        """The whole state, named, for a checkpoint; `step` goes with it as a fact."""
        return {
            **{f"model.{name}": value for name, value in self.model.state_dict().items()},
            **{f"average.{name}": value for name, value in self.average.items()},
            **checkpoint.optimizer_tensors(self.model, self.optimizer),
        }

    def restore(self, tensors: Tensors, facts: Mapping[str, str]) -> None:
        """Go back to a saved state of the same run."""
        self.model.load_state_dict(checkpoint.under("model.", tensors))
        for name, value in checkpoint.under("average.", tensors).items():
            self.average[name].copy_(value)
        checkpoint.restore_optimizer(self.model, self.optimizer, tensors)
        self.step = int(facts["step"])

    def _loss(self, drawn: Batch, share_done: float) -> Tensor:
        rng = np.random.default_rng([self.config.seed, AUGMENT_STREAM, self.step])
        batch = augment(drawn.tensors(self.device), self.config.augment, rng)
        log_p = self.model(batch.pictures, batch.seconds, batch.orientation)
        grid = Grid(*log_p.shape[-2:])
        counts, density = targets.render(batch, grid, self.device)
        return losses.total(log_p, density, counts, batch.valid, self.config.loss, share_done)

    @torch.no_grad()
    def _update_average(self) -> None:
        # Short at first, so that the untrained beginning is soon forgotten.
        decay = min(self.config.optimizer.ema, (1 + self.step) / (10 + self.step))
        for name, parameter in self.model.named_parameters():
            self.average[name].lerp_(parameter.detach(), 1 - decay)


def learning_rate_share(step: int, steps: int, warmup_share: float) -> float:
    """Linear warm-up to 1, then half a cosine down to 0 after the last step."""
    warmup = math.ceil(steps * warmup_share)
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def _optimizer(model: Model, config: OptimizerConfig) -> torch.optim.AdamW:
    """AdamW; only the kernels of convolutions and linear layers decay, not offsets, norms and scalars."""
    kernels = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    groups = [
        {"params": kernels, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.95))


def _take_steps(
    training: Training, run: RunFolder, identity: Mapping[str, str], reporter: Reporter, stop: StopRequest
) -> float | None:
    """Take the steps that are left; returns the last loss, None when no step was left."""
    loop = training.config.train
    loss = None
    saved_at = time.monotonic()
    while training.step < loop.steps:
        loss = training.advance()
        reporter.progress("train", training.step, loop.steps, loss=round(loss, 5))
        if stop.reason or time.monotonic() - saved_at >= loop.checkpoint_every_s:
            checkpoint.save(run.checkpoint, training.tensors(), {**identity, "step": str(training.step)})
            saved_at = time.monotonic()
            stop.check()
    return loss
