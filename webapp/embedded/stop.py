"""Being told to stop: Ctrl-C, a service manager's SIGTERM, a closed terminal."""

import signal
import threading
from types import FrameType


class Stopped(Exception):
    """It is time to go."""


class StopSignal:
    """Remembers that a signal came, so that nothing is cut off half-way through starting a process."""

    def __init__(self) -> None:
        self._came = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._remember)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self._came.set()

    def pause(self, seconds: float) -> None:
        """Wait; raises Stopped as soon as a signal has come."""
        if self._came.wait(seconds):
            raise Stopped
