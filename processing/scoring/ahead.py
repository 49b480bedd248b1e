"""Reading ahead: an iterator that runs in a thread of its own, a few items in front of who needs them."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

# Frames in waiting, each a few megabytes of the decoder's memory.
DEPTH = 4
_ROOM_S = 0.05
_LOOK_S = 0.5
# For the one item that the thread is at when it is told to end; it dies with the process where that hangs.
GRACE_S = 10.0


@contextmanager
def read_ahead(items: Iterator[Item], in_time: Callable[[], None] = lambda: None) -> Iterator[Iterator[Item]]:
    """Iterate `items` in another thread; what it raises is raised where the items are taken.

    in_time: called while an item is waited for, raises what shall end the waiting. Leaving the block ends the
    thread, whether or not everything was taken.
    """
    reader = _Reader(items, in_time)
    reader.thread.start()
    try:
        yield reader.taken()
    finally:
        reader.stop()


@dataclass(frozen=True)
class _Left:
    """The items are over, or the error that ended them."""

    error: BaseException | None = None


class _Reader(Generic[Item]):
    def __init__(self, items: Iterator[Item], in_time: Callable[[], None]) -> None:
        self._items = items
        self._in_time = in_time
        self._waiting: queue.Queue[Item | _Left] = queue.Queue(DEPTH)
        self._stopped = threading.Event()
        self.thread = threading.Thread(target=self._read, name="read-ahead", daemon=True)

    def taken(self) -> Iterator[Item]:
        """The items, as they come."""
        while not isinstance(item := self._next(), _Left):
            yield item
        if item.error is not None:
            raise item.error

    def stop(self) -> None:
        """End the thread, which may be waiting for room."""
        self._stopped.set()
        end = time.monotonic() + GRACE_S
        while self.thread.is_alive() and time.monotonic() < end:
            try:
                self._waiting.get(timeout=_ROOM_S)
            except queue.Empty:
                continue

    def _next(self) -> Item | _Left:
        while True:
            try:
                return self._waiting.get(timeout=_LOOK_S)
            except queue.Empty:
                self._in_time()

    def _read(self) -> None:
        left = _Left()
        try:
            for item in self._items:
                self._waiting.put(item)
                if self._stopped.is_set():
                    return
        except BaseException as error:  # it is the taker's to handle
            left = _Left(error)
        self._waiting.put(left)
