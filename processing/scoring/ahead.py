"""Reading ahead: an iterator that runs in a thread of its own, a few items in front of who needs them."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

# Frames in waiting, each a few megabytes of the decoder's memory.
DEPTH = 4
_ROOM_S = 0.05


@contextmanager
def read_ahead(items: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """Iterate `items` in another thread; what it raises is raised where the items are taken.

    Leaving the block ends the thread, whether or not everything was taken.
    """
    reader = _Reader(items)
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
    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._waiting: queue.Queue[Item | _Left] = queue.Queue(DEPTH)
        self._stopped = threading.Event()
        self.thread = threading.Thread(target=self._read, name="read-ahead", daemon=True)

    def taken(self) -> Iterator[Item]:
        """The items, as they come."""
        while not isinstance(item := self._waiting.get(), _Left):
            yield item
        if item.error is not None:
            raise item.error

    def stop(self) -> None:
        """End the thread, which may be waiting for room."""
        self._stopped.set()
        while self.thread.is_alive():
            try:
                self._waiting.get(timeout=_ROOM_S)
            except queue.Empty:
                continue

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
