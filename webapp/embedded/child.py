"""One process and everything it starts."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from webapp.embedded.state import PROJECT


class Child:
    """A command that runs in a process group of its own, its output going to a file.

    The group makes that Ctrl-C reaches only us, so that we choose the order of stopping, and that a worker's
    own children can be ended with it.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment)
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0

    def start(self) -> None:
        """Start it (again)."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
                env=self._environment,
                process_group=0,
            )
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def how_it_ended(self) -> str:
        """For a person: the exit status or the signal."""
        status = self._process.poll() if self._process else None
        if status is None:
            return "is still running"
        return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"

    def last_words(self) -> str:
        """The last line that it logged."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 4096))
            lines = log.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def ask_to_stop(self) -> None:
        """Send the signal on which it ends in good order."""
        if self.is_running:
            os.kill(self.pid, self._stop_signal)

    def kill_rest(self) -> None:
        """End at once what is left of it and of what it started."""
        if self._process is not None:
            kill_group(self.pid)
            self._process.wait()


def kill_group(group: int) -> None:
    """SIGKILL to every process of the group; none left is fine."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def stop_all(children: Sequence[Child], within_s: float) -> None:
    """Stop all of them together; what has not ended in time is killed."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + within_s
    while any(child.is_running for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in children:
        child.kill_rest()
