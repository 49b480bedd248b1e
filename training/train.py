"""Fit a model to training clips: priors in closed form, then gradient steps, resumable at every step."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import asdict

import torch

from processing.errors import BadInput
from training import checkpoint, measuring, model_card, models, samples
from training import device as devices
from training.checkpoint import Tensors
from training.clips import ClipSet
from training.config import CenterPriorConfig, Config, NetworkConfig
from training.convert import load_pretrained
from training.curves import Curves, curves
from training.fitting import fitted_priors
from training.model_card import Origin
from training.models import Model
from training.processes import ALONE, Processes
from training.progress import Reporter, Stopped, StopRequest
from training.run_folder import RunFolder
from training.seeing import window_of
from training.state import Training
from training.validating import Scores, divided, validate


def fit(
    config: Config,
    clips: ClipSet,
    run: RunFolder,
    *,
    origin: Origin,
    device: torch.device,
    reporter: Reporter,
    stop: StopRequest,
    processes: Processes = ALONE,
) -> Mapping[str, object]:
    """Train as configured and write the run's card, then `run.model`; goes on from `run.checkpoint` when there is
    one, and trains no more when the model is already there.

    Of several processes the first one writes. Returns facts about the result. Raises `Stopped` after saving when
    the end was asked for, `BadInput` when the checkpoint belongs to another run, when the loss is no number any more,
    a batch does not fit into memory, or nothing can be written.
    """
    # The first process removes files at the end, when another one may still be about to look for them.
    finished = processes.as_first(run.model.exists(), device)
    begun = processes.as_first(run.checkpoint.exists(), device)
    # What must be equal for a checkpoint to fit the run.
    identity = {"model": config.model, "configuration": run.fingerprint(config), "release": clips.digest}
    if finished:
        checkpoint.load(run.model, identity)
        facts = model_card.facts_of(run)
        if not facts and processes.first:
            # Its card was lost: what a model costs can be measured again.
            model = devices.placed(untrained(config, clips), device)
            facts = {"data_hash": clips.digest, **measuring.figures(model, config, device)}
            model_card.write(run, config, facts, clips, origin)
    else:
        model = devices.placed(untrained(config, clips), device)
        facts = {"data_hash": clips.digest}
        weights: Tensors = model.state_dict()
        if not isinstance(config, CenterPriorConfig):
            learnt, kept_out = divided(clips, config.train.validation_share)
            if processes.first:
                _tell_too_short(clips, config, reporter)
            training = Training(model, config, learnt, device, processes)
            with curves(config.train.tensorboard and processes.first, run.root / "tensorboard") as drawn:
                loop = Loop(training, learnt, kept_out, run, identity, reporter, stop, drawn)
                loop.run(goes_on=begun)
            facts |= loop.facts()
            weights = loop.result()
        if processes.first:
            facts |= measuring.figures(model, config, device)
            # The model comes last: where it is, the run is over, and everything about it is known.
            model_card.write(run, config, facts, clips, origin)
            checkpoint.save(run.model, weights, identity)
    processes.wait()
    if processes.first:
        run.checkpoint.unlink(missing_ok=True)
        run.best.unlink(missing_ok=True)
    return facts


def untrained(config: Config, clips: ClipSet) -> Model:
    """The configured model on the centre priors of the clips that it learns from, its weights drawn from the seed.

    Raises `BadInput` when there is nothing to fit the priors to.
    """
    learnt = clips
    if not isinstance(config, CenterPriorConfig):
        learnt, _ = divided(clips, config.train.validation_share)
    priors = fitted_priors(models.net_of(config), learnt, config.data.skip_first_s)
    torch.manual_seed(config.seed)
    return models.build(config, priors)


def _tell_too_short(clips: ClipSet, config: NetworkConfig, reporter: Reporter) -> None:
    """Say how many clips cannot fill a window, where there are such."""
    window = window_of(config)
    if short := clips.too_short(window):
        words = (
            f"{len(short)} of {len(clips.clips)} clips are shorter than a window of {window.target_span_s:g} s: "
            "what lies beyond their end does not count"
        )
        reporter.remark("too_short", words, phase="train", clips=len(short))


class Loop:
    """The steps of a run, and what happens between them: reports, samples, validations, checkpoints."""

    def __init__(
        self,
        training: Training,
        learnt: ClipSet,
        kept_out: ClipSet | None,
        run: RunFolder,
        identity: Mapping[str, str],
        reporter: Reporter,
        stop: StopRequest,
        drawn: Curves,
    ) -> None:
        self._training = training
        self._config = training.config
        self._processes = training.processes
        self._shown = kept_out or learnt
        self._kept_out = kept_out
        self._run = run
        self._identity = dict(identity)
        self._reporter = reporter
        self._stop = stop
        self._curves = drawn
        self._loss: float | None = None
        self._family: str | None = None
        self._best_cc = -math.inf
        self._best_step = 0
        self._stale = 0

    def run(self, *, goes_on: bool) -> None:
        """Take the steps that are left, from the checkpoint on where the run goes on."""
        training, steps = self._training, self._config.train.steps
        if goes_on:
            self._restore()
        elif weights := getattr(self._config.net, "weights", ""):
            self._load(weights)
        saved_at, saving_s = time.monotonic(), 0.0
        while training.step < steps and not self._enough():
            rate = training.rate
            loss = training.advance()
            self._tell(loss, rate)
            if self._due(self._config.train.samples):
                self._sample()
            if self._kept_out is not None and self._validation_due():
                self._validate(self._kept_out)
            stopping = self._asked_to_stop()
            # A large state takes seconds to write: at most a twentieth of the time goes into that.
            wait_s = max(self._config.train.checkpoint_every_s, 20 * saving_s)
            if stopping or time.monotonic() - saved_at >= wait_s:
                began = time.monotonic()
                self._save()
                saved_at = time.monotonic()
                saving_s = saved_at - began
            if stopping:
                raise Stopped(self._stop.reason or "another process was asked to stop")

    def facts(self) -> dict[str, object]:
        """What there is to say about the run once it is over."""
        facts: dict[str, object] = {"loss": self._loss, "steps": self._training.step}
        if self._family:
            facts["weights_family"] = self._family
        if self._kept_out is not None:
            _, best = self._best()
            scores = {name: float(best[name]) for name in ("cc", "sim", "nss", "kld")}
            facts |= {"best_step": int(best["step"]), "validation": scores}
            facts["validation_clips"] = len(self._kept_out.clips)
        else:
            facts["best_step"] = self._training.step
        return facts

    def result(self) -> Tensors:
        """The averaged weights, those of the best validation where there was one, and the model holds them now.

        Raises `BadInput` when they are no numbers, or no validation gave one.
        """
        if self._kept_out is not None:
            # Those of a validation before the last steps are no worse for what these may have met.
            weights, _ = self._best()
            diverged = False
        else:
            weights = self._training.averaged_weights()
            diverged = self._training.skipped > 1
        finite = all(bool(value.isfinite().all()) for value in weights.values() if value.is_floating_point())
        if diverged or not finite:
            raise self._diverged(f"the loss is no number any more in the last of {self._training.step} steps")
        self._training.model.load_state_dict(weights)
        return weights

    def _best(self) -> tuple[Tensors, dict[str, str]]:
        """Weights and facts of the best validation; raises `BadInput` when none of them gave a number."""
        if self._best_cc == -math.inf:
            raise self._diverged(f"no validation in {self._training.step} steps gave a number")
        return checkpoint.load(self._run.best, self._identity)

    def _diverged(self, what: str) -> BadInput:
        rate = self._config.optimizer.lr
        return BadInput(f"{what}: lower optimizer.lr (now {rate:g}) and start again in a new run folder")

    def _load(self, weights: str) -> None:
        """Begin with pre-trained weights, and say what became of each of their tensors."""
        report = load_pretrained(self._training.model, weights)
        self._training.average.restart(self._training.model)
        self._family = report.family
        if self._processes.first:
            self._reporter.remark("weights", str(report), phase="train", **asdict(report))

    def _enough(self) -> bool:
        patience = self._config.train.patience
        return bool(patience) and self._stale >= patience

    def _tell(self, loss: float, rate: float) -> None:
        step, steps = self._training.step, self._config.train.steps
        if math.isfinite(loss):
            self._loss = round(loss, 5)
            self._reporter.progress("train", step, steps, loss=self._loss, lr=float(f"{rate:.4g}"))
            self._curves.add({"loss": loss, "lr": rate}, step)
        else:
            self._reporter.progress("train", step, steps, skipped=self._training.skipped)

    def _due(self, times: int) -> bool:
        """Whether this step is one of so many, evenly spaced, of which the last is the last step."""
        step, steps = self._training.step, self._config.train.steps
        return step * times // steps > (step - 1) * times // steps

    def _validation_due(self) -> bool:
        step, loop = self._training.step, self._config.train
        return step % loop.validate_every == 0 or step == loop.steps

    def _sample(self) -> None:
        if not self._processes.first:
            return
        step = self._training.step
        path = self._run.samples / f"{step:06d}.png"
        training = self._training
        try:
            samples.draw(
                training.model, training.averaged_weights(), self._shown, self._config, training.device, path
            )
        except OSError as error:
            raise BadInput(f"cannot write {path}: {error.strerror}; make room and go on") from error
        self._reporter.event("sample", phase="train", step=step, path=str(path.relative_to(self._run.root)))

    def _validate(self, kept_out: ClipSet) -> None:
        training, step = self._training, self._training.step
        names = ("cc", "sim", "nss", "kld")
        values = torch.zeros(len(names), dtype=torch.float64, device=training.device)
        weights = training.averaged_weights()
        if self._processes.first:
            scores = validate(training.model, weights, kept_out, self._config, training.device)
            values = values.new_tensor([scores[name] for name in names])
        found: Scores = dict(zip(names, self._processes.from_first(values).tolist(), strict=True))
        best = found["cc"] > self._best_cc
        self._stale = 0 if best else self._stale + 1
        if best:
            self._best_cc, self._best_step = found["cc"], step
            if self._processes.first:
                facts = {name: repr(value) for name, value in found.items()}
                checkpoint.save(self._run.best, weights, {**self._identity, **facts, "step": str(step)})
            self._processes.wait()
        rounded = {name: round(value, 5) for name, value in found.items()}
        self._reporter.event("validation", phase="train", step=step, scores=rounded, best=best)
        self._curves.add({f"validation/{name}": value for name, value in found.items()}, step)

    def _asked_to_stop(self) -> bool:
        asked = self._stop.reason is not None
        if self._processes.world == 1:
            return asked
        return bool(self._processes.mean(torch.tensor(float(asked), device=self._training.device)) > 0)

    def _save(self) -> None:
        if self._processes.first:
            numbers = {
                "best_cc": repr(self._best_cc),
                "best_step": str(self._best_step),
                "stale": str(self._stale),
                "loss": json.dumps(self._loss),
                "weights_family": json.dumps(self._family),
            }
            processes = {"processes": str(self._processes.world)}
            facts = {**self._identity, **self._training.counts(), **processes, **numbers}
            checkpoint.save(self._run.checkpoint, self._training.tensors(), facts)

    def _restore(self) -> None:
        tensors, facts = checkpoint.load(self._run.checkpoint, self._identity)
        world = self._processes.world
        if (began_with := int(facts.get("processes", world))) != world:
            raise BadInput(
                f"{self._run.root} was begun with another number of processes ({began_with}, not {world}), so with "
                "other batches: go on with as many, or choose another folder with --out"
            )
        self._training.restore(tensors, facts)
        self._best_cc = float(facts["best_cc"])
        self._best_step = int(facts["best_step"])
        self._stale = int(facts["stale"])
        # Checkpoints of before may lack these, and the number of processes.
        self._loss = json.loads(facts.get("loss", "null"))
        self._family = json.loads(facts.get("weights_family", "null"))
