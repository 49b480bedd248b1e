"""Celery workers of one core each, and what work on a queue costs them."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from collector.work import WorkRow, WorkState
from webapp.celery import app
from webapp.embedded.site import worker_command

READY_WITHIN_S = 180
DONE_WITHIN_S = 1500
END_WITHIN_S = 30
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Seconds from the first start to the last end, and processor seconds that the workers took for it."""

    wall_s: float
    cpu_s: float


def cost_of(rows: Sequence[WorkRow], workers: int, warm_up: Sequence[WorkRow]) -> Cost:
    """Have `workers` workers do rows that wait, after `warm_up`, which loads and compiles and is not counted.

    Raises RuntimeError where one fails or it takes too long.
    """
    with _running(rows[0].queue, workers) as processes:
        for row in warm_up:
            row.enqueue()
        _wait(warm_up)
        before = sum(map(_cpu_s, processes))
        for row in rows:
            row.enqueue()
        over = _wait(rows)
        cpu_s = sum(map(_cpu_s, processes)) - before
    begun = min(row.started_at for row in over if row.started_at)
    ended = max(row.finished_at for row in over if row.finished_at)
    return Cost((ended - begun).total_seconds(), cpu_s)


@contextmanager
def _running(queue: str, workers: int) -> Iterator[list[int]]:
    cores = sorted(os.sched_getaffinity(0))
    processes = []
    try:
        for number in range(workers):
            command = ["taskset", "--cpu-list", str(cores[number % len(cores)])]
            command += worker_command(f"{queue}-{number}", queue, 1)
            processes.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
        _wait_until_ready(workers)
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.send_signal(signal.SIGQUIT)
        for process in processes:
            try:
                process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(workers: int) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while len(app.control.ping(timeout=1)) < workers:
        if time.monotonic() > end:
            raise RuntimeError("the workers did not start")


def _wait(rows: Sequence[WorkRow]) -> list[WorkRow]:
    table = type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows])
    end = time.monotonic() + DONE_WITHIN_S
    while table.filter(state__in=[WorkState.WAITING, WorkState.RUNNING]).exists():
        if time.monotonic() > end:
            raise RuntimeError(f"the workers took longer than {DONE_WITHIN_S} s")
        time.sleep(0.2)
    for row in table:
        if row.state != WorkState.DONE:
            raise RuntimeError(f"{row}: {row.last_error}")
    return list(table)


def _cpu_s(pid: int) -> float:
    """Processor seconds of a worker and its children so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(int(ticks) for ticks in fields[11:13]) / _TICKS_A_SECOND
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(_cpu_s(int(child)) for child in children)
