"""The program `python -m training` as anybody runs it: its events, its time, its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.progress import EXIT_STOPPED


@dataclass(frozen=True)
class Said:
    """What a command of the program said until it ended."""

    events: list[dict[str, Any]]
    seconds: float

    @property
    def finished(self) -> dict[str, Any]:
        """Its last word, with the facts about the result."""
        return next(event for event in reversed(self.events) if event["event"] == "finished")


def training(*arguments: str | Path, threads: int | None = None) -> Said:
    """Run one command to its end; its log goes to standard error. Raises CalledProcessError when it fails."""
    argv = [sys.executable, "-m", "training", *map(str, arguments)]
    if threads is not None:
        argv += ["--threads", str(threads)]
    began_s = time.perf_counter()
    ended = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, env=dict(os.environ))
    took_s = time.perf_counter() - began_s
    events = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    return Said(events, took_s)


def tells_of_steps(event: Mapping[str, Any]) -> bool:
    """Whether an event says how many steps a training has done."""
    return event["event"] == "progress" and event["phase"] == "train"


def broken_off(*arguments: str | Path, after_steps: int) -> None:
    """Begin a training and tell it to stop once it is past so many steps, as a machine that is needed elsewhere does.

    Raises RuntimeError where it did not end as one that can be gone on with.
    """
    argv = [sys.executable, "-m", "training", *map(str, arguments)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as program:
        assert program.stdout is not None
        for line in program.stdout:
            event = json.loads(line)
            if tells_of_steps(event) and event["done"] >= after_steps:
                program.send_signal(signal.SIGTERM)
                break
        program.stdout.read()
    if program.returncode != EXIT_STOPPED:
        raise RuntimeError(f"the training that was told to stop ended with status {program.returncode}")
