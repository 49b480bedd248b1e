"""The program `python -m training` as anybody runs it: its events, its time, its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
