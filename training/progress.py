"""What a run tells its supervisor, and how it is told to stop.

Standard output carries one JSON object a line and nothing else; whoever started the run reads it. Log lines
for people go to standard error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TextIO

# Statuses of sysexits.h with which a run ends that the same command takes up again: it was asked to stop
# (EX_TEMPFAIL), or the disk is full (EX_IOERR).
EXIT_STOPPED = 75
EXIT_NO_ROOM = 74

# At most two progress lines a second: each becomes a write to a database row.
PROGRESS_EVERY_S = 0.5


class Stopped(Exception):
    """The run was asked to stop; everything needed to go on has been written."""


class StopRequest:
    """Remembers that somebody asked for the end. Loops look at it where stopping costs nothing."""

    def __init__(self) -> None:
        self.reason: str | None = None

    def ask(self, reason: str) -> None:
        """Ask for the end; the first reason stays."""
        self.reason = self.reason or reason

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as requests to stop for as long as this lasts. Main thread only."""
        before = {
            number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.ask(signal.Signals(number).name)

    def check(self) -> None:
        """Raise `Stopped` when the end was asked for. Call it where nothing would be lost."""
        if self.reason:
            raise Stopped(self.reason)


class Reporter:
    """Writes events to the supervisor and into the record; when nobody reads any more, asks the run to stop."""

    def __init__(self, stop: StopRequest, stream: TextIO | None = None) -> None:
        self._stop = stop
        self._stream = stream or sys.stdout
        self._record: TextIO | None = None
        self._last_progress = -PROGRESS_EVERY_S

    def record_in(self, path: Path) -> None:
        """Add every event from now on to a file too; `close` ends that."""
        self._record = path.open("a", encoding="utf-8")

    def close(self) -> None:
        """Close the record; on a full disk the lines that it or the stream could not take are lost.

        That must not change how the run ends.
        """
        if self._record is not None:
            with suppress(OSError):  # it closes all the same
                self._record.close()
            self._record = None
        try:
            self._stream.flush()
        except OSError:
            self._turn_away()

    def event(self, name: str, **fields: object) -> None:
        """Write one event now. Values are plain types."""
        line = json.dumps({"event": name, **fields}, ensure_ascii=False) + "\n"
        # A full disk must not end a run here: what it has to keep is in the checkpoint.
        if self._record is not None:
            with suppress(OSError):
                self._record.write(line)
                self._record.flush()
        try:
            self._stream.write(line)
            self._stream.flush()
        except BrokenPipeError:
            self._stop.ask("nobody reads the progress any more")
            self._turn_away()
        except OSError:
            pass

    def _turn_away(self) -> None:
        """What is still buffered must not raise again when the interpreter closes the stream."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def remark(self, name: str, words: str, **fields: object) -> None:
        """Write one event, and a line for people to standard error."""
        sys.stderr.write(words + "\n")
        self.event(name, **fields)

    def progress(self, phase: str, done: int, total: int, **fields: object) -> None:
        """Say how far a phase is, at most twice a second; its last step is always said."""
        now = time.monotonic()
        if done < total and now - self._last_progress < PROGRESS_EVERY_S:
            return
        self._last_progress = now
        self.event("progress", phase=phase, done=done, total=total, **fields)
