"""Being told to stop: Ctrl-C, a service manager's SIGTERM, a closed terminal."""

import os
import select
import signal
from contextlib import suppress
from types import FrameType


class Stopped(Exception):
    """It is time to go."""


class StopSignal:
    """Remembers that a signal came, so that nothing is cut off half-way through starting a process."""

    def __init__(self) -> None:
        # A pipe, since a handler runs amid whatever goes on: an event's lock may be held just then, by the very
        # thread that would have to release it, and Ctrl-C would hang for ever.
        self._told, self._teller = os.pipe()
        os.set_blocking(self._teller, False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._remember)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        with suppress(BlockingIOError):  # it is full of what it was told before
            os.write(self._teller, b".")

    def pause(self, seconds: float) -> None:
        """Wait; raises Stopped as soon as a signal has come."""
        told, _, _ = select.select([self._told], [], [], seconds)
        if told:
            raise Stopped
