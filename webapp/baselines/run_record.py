"""What a run says while it runs, written to its row at a bearable pace."""

import os
import time
from pathlib import Path
from typing import Any

from django.db.models import Q

from collector import work
from collector.work import WorkState
from webapp.baselines.models import BaselineRun
from webapp.baselines.program import Event
from webapp.baselines.samples import sample_store, samples_drop, samples_with
from webapp.baselines.storable import number, storable

WRITE_EVERY_S = 1.0
SAMPLE_EVERY_S = 1.0
CURVE_POINTS = 400  # more than a chart of ordinary width can show
LOG_TAIL_BYTES = 8 * 1024
SCORES = ("cc", "sim", "nss", "kld")
FIGURES = ("parameters", "parameters_trainable", "gflop_per_frame", "ms_per_frame", "memory_mb")
SPOKEN_PHASES = (BaselineRun.Phase.PREPARE, BaselineRun.Phase.TRAIN, BaselineRun.Phase.PREDICT)


class RunRecord:
    """Turns events of the program into fields of the row. Writing raises LeaseLost once the row is not ours.

    `log` is where the program's other lines go, `output` the run folder that paths in its events start from.
    """

    def __init__(self, run: BaselineRun, log: Path, output: Path) -> None:
        self._run = run
        self._log = log
        self._output = output
        self._curve: list[list[float]] = [list(point) for point in run.curve]
        self._facts: dict[str, Any] = dict(run.facts)
        self._written_at = float("-inf")
        self._sampled_at = float("-inf")
        self.error = ""

    @property
    def step(self) -> int:
        """The last step of training that it spoke of, 0 before the first."""
        return int(self._curve[-1][0]) if self._curve else 0

    def phase(self, phase: str) -> None:
        """A new phase begins."""
        work.write(self._run, phase=phase, progress_done=0, progress_total=0)

    def event(self, event: Event) -> None:
        """Take note of one event."""
        kind = event["event"]
        if kind == "progress":
            self._progress(event)
        elif kind == "validation":
            self._validation(event)
        elif kind == "sample":
            self._sample(event)
        elif kind == "error":
            self.error = storable(str(event.get("message", "the program gave no reason")))
        else:
            self._fact(kind, event)

    def _fact(self, kind: str, event: Event) -> None:
        phase = str(event.get("phase", "run"))
        said = {key: value for key, value in event.items() if key not in ("event", "phase")}
        self._facts[f"{phase} {kind}"] = storable(said)
        figures = {name: number(said[name]) for name in FIGURES if phase == "train" and name in said}
        work.write(self._run, facts=self._facts, **figures)

    def _progress(self, event: Event) -> None:
        done, total, loss = int(event["done"]), int(event["total"]), number(event.get("loss"))
        if event.get("phase") in SPOKEN_PHASES and event["phase"] != self._run.phase:
            self.phase(event["phase"])
        if loss is not None:
            self._add_to_curve(done, loss)
        now = time.monotonic()
        if done < total and now - self._written_at < WRITE_EVERY_S:
            return
        self._written_at = now
        fields: dict[str, Any] = {"curve": self._curve, "log_tail": log_tail(self._log)}
        if loss is not None:
            fields["loss"] = loss
        work.write(self._run, progress_done=done, progress_total=total, **fields)

    def _add_to_curve(self, step: int, loss: float) -> None:
        # A resumed run repeats the steps since its last checkpoint: the newer values stand.
        self._curve = [point for point in self._curve if point[0] < step] + [[step, loss]]
        if len(self._curve) > CURVE_POINTS:
            self._curve = self._curve[::-2][::-1]  # the last stays

    def _validation(self, event: Event) -> None:
        step = int(event["step"])
        scores = {name: number(event.get("scores", {}).get(name)) for name in SCORES}
        earlier = [row for row in self._run.validation if row["step"] < step]
        rows = [*earlier, {"step": step, "best": bool(event.get("best")), **scores}]
        if len(rows) > CURVE_POINTS:
            best = max((row["step"] for row in rows if row["best"]), default=None)
            rows = [row for place, row in enumerate(rows[::-1]) if place % 2 == 0 or row["step"] == best][
                ::-1
            ]
        work.write(self._run, validation=rows)

    def _sample(self, event: Event) -> None:
        if time.monotonic() - self._sampled_at < SAMPLE_EVERY_S:
            return
        self._sampled_at = time.monotonic()
        sha256 = sample_store(self._output, str(event["path"]))
        if not sha256:
            return
        before = {sample["sha256"] for sample in self._run.samples}
        samples = samples_with(self._run.samples, int(event["step"]), sha256)
        work.write(self._run, samples=samples)
        samples_drop(before - {sample["sha256"] for sample in samples})


def write_last(run: BaselineRun, **fields: Any) -> bool:
    """Write what stays true of a run that was cancelled while it was ours: its log, its checkpoint.

    False, and nothing written, when it is in other hands by now.
    """
    ours = Q(lease_token=run.lease_token, state=WorkState.RUNNING)
    cancelled = Q(lease_token=None, state=WorkState.CANCELLED, attempt=run.attempt)
    if not BaselineRun.objects.filter(ours | cancelled, pk=run.pk).update(**fields):
        return False
    for name, value in fields.items():
        setattr(run, name, value)
    return True


def log_tail(log: Path) -> str:
    """The last lines of the log, as text that the database takes."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_TAIL_BYTES))
        return storable(file.read().decode(errors="replace"))
