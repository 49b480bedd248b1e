"""What a run says while it runs, written to its row at a bearable pace."""

import os
import time
from pathlib import Path
from typing import Any

from collector import work
from webapp.baselines.models import BaselineRun
from webapp.baselines.program import Event

WRITE_EVERY_S = 1.0
CURVE_POINTS = 400  # more than a chart of ordinary width can show
LOG_TAIL_BYTES = 8 * 1024


class RunRecord:
    """Turns events of the program into fields of the row. Writing raises LeaseLost once the row is not ours."""

    def __init__(self, run: BaselineRun, log: Path) -> None:
        self._run = run
        self._log = log
        self._curve: list[list[float]] = [list(point) for point in run.curve]
        self._facts: dict[str, Any] = dict(run.facts)
        self._written_at = float("-inf")
        self.error = ""

    def phase(self, phase: str) -> None:
        """A new phase begins."""
        work.write(self._run, phase=phase, progress_done=0, progress_total=0)

    def event(self, event: Event) -> None:
        """Take note of one event."""
        kind = event["event"]
        if kind == "progress":
            self._progress(event)
        elif kind == "error":
            self.error = str(event.get("message", "the program gave no reason"))
        else:
            phase = str(event.get("phase", "run"))
            said = {key: value for key, value in event.items() if key not in ("event", "phase")}
            self._facts[f"{phase} {kind}"] = said
            work.write(self._run, facts=self._facts)

    def _progress(self, event: Event) -> None:
        done, total, loss = int(event["done"]), int(event["total"]), event.get("loss")
        if loss is not None:
            self._add_to_curve(done, float(loss))
        now = time.monotonic()
        if done < total and now - self._written_at < WRITE_EVERY_S:
            return
        self._written_at = now
        fields: dict[str, Any] = {"curve": self._curve, "log_tail": log_tail(self._log)}
        if loss is not None:
            fields["loss"] = float(loss)
        work.write(self._run, progress_done=done, progress_total=total, **fields)

    def _add_to_curve(self, step: int, loss: float) -> None:
        # A resumed run repeats the steps since its last checkpoint: the newer values stand.
        self._curve = [point for point in self._curve if point[0] < step] + [[step, loss]]
        if len(self._curve) > CURVE_POINTS:
            self._curve = self._curve[::2]


def log_tail(log: Path) -> str:
    """The last lines of the log, as text that the database takes."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_TAIL_BYTES))
        return file.read().decode(errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
