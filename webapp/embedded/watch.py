"""Keeping children alive, and showing what they complain about."""

import re
import time
from collections.abc import Callable, Sequence

from webapp.embedded.child import Child

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
HEALTHY_AFTER_S = 60.0  # who has run that long is restarted at once again

COMPLAINT = re.compile(r"\b(ERROR|CRITICAL|FATAL|PANIC)\b")


class Guarded:
    """A child that is started again whenever it dies, less and less eagerly."""

    def __init__(self, child: Child, say: Callable[[str], None]) -> None:
        self.child = child
        self._say = say
        self._delay_s = FIRST_DELAY_S
        self._started_at = time.monotonic()
        self._start_at: float | None = None  # set while it is down

    def look(self) -> None:
        """Notice a death and plan the restart, or carry a planned one out."""
        now = time.monotonic()
        if self._start_at is not None:
            if now >= self._start_at:
                self.child.start()
                self._started_at, self._start_at = now, None
        elif not self.child.is_running:
            self._plan_restart(now)

    def _plan_restart(self, now: float) -> None:
        ended = self.child.how_it_ended()
        self.child.kill_rest()  # what it leaves behind would hold its port or its queue
        if now - self._started_at > HEALTHY_AFTER_S:
            self._delay_s = FIRST_DELAY_S
        self._start_at = now + self._delay_s
        self._say(f"{self.child.name} {ended}; starting it again in {self._delay_s:g} s ({self.child.log})")
        self._delay_s = min(2 * self._delay_s, LONGEST_DELAY_S)


class Complaints:
    """New lines of the logs that somebody should see."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._read_to = {child: _size(child) for child in children}

    def new(self) -> list[str]:
        """What came since the last call, as `name: line`."""
        found = []
        for child, position in self._read_to.items():
            size = _size(child)
            if child.log is None or size == position:
                continue
            with child.log.open("rb") as log:
                log.seek(position if size > position else 0)  # shorter: it was put aside
                text = log.read()
            whole = text[: text.rfind(b"\n") + 1]
            self._read_to[child] = (position if size > position else 0) + len(whole)
            lines = whole.decode(errors="replace").splitlines()
            found += [f"{child.name}: {line.strip()}" for line in lines if COMPLAINT.search(line)]
        return found


def _size(child: Child) -> int:
    return child.log.stat().st_size if child.log and child.log.exists() else 0
