"""One process and everything it starts."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from webapp.embedded.keeper import Keeper, send
from webapp.embedded.state import PROJECT

LOG_BYTES = 10 * 2**20  # a log longer than this is put aside at the next start; one older is kept


class Child:
    """A command that runs in a process group of its own, its output going to a file (None: to the screen).

    The group makes that Ctrl-C reaches only us, so that we choose the order of stopping, and that a worker's
    own children can be ended with it.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path | None,
        environment: Mapping[str, str],
        keeper: Keeper,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment)
        self._keeper = keeper
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it (again)."""
        with self._output() as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                cwd=PROJECT,
                env=self._environment,
                process_group=0,
            )
        self._keeper.watch(self.pid, self._stop_signal)

    def _output(self) -> AbstractContextManager[IO[bytes] | None]:
        if self.log is None:
            return nullcontext()
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        return self.log.open("ab")

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def status(self) -> int | None:
        """Its exit status, minus the signal's number when one ended it, None while it runs."""
        return self._process.poll() if self._process else None

    def how_it_ended(self) -> str:
        """For a person: the exit status or the signal."""
        if self.status is None:
            return "is still running"
        if self.status < 0:
            return f"was ended by {signal.Signals(-self.status).name}"
        return f"ended with status {self.status}"

    def last_words(self) -> str:
        """The last line that it logged."""
        if self.log is None:
            return "see above"
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 4096))
            lines = log.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else "it said nothing"

    def ask_to_stop(self) -> None:
        """Send the signal on which it ends in good order."""
        if self.is_running:
            os.kill(self.pid, self._stop_signal)

    def kill_rest(self) -> None:
        """End at once what is left of it and of what it started."""
        if self._process is not None:
            send(self.pid, signal.SIGKILL)
            self._process.wait()
            self._keeper.release(self.pid)


def stop_all(children: Sequence[Child], within_s: float) -> None:
    """Stop all of them together; what has not ended in time is killed."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + within_s
    while any(child.is_running for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in children:
        child.kill_rest()
