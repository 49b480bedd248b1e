"""One attempt at a claimed row: a scratch folder, a living lease, and a reason when it goes wrong."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from collector import blobs, work
from collector.work import WorkRow
from processing.errors import BadInput

log = logging.getLogger(__name__)

WRITE_EVERY_S = 1.0


@dataclass(frozen=True)
class Attempt:
    """What an attempt works with: a folder that is gone afterwards, and a flag that says when to stop."""

    folder: Path
    lost: threading.Event


@contextmanager
def attempt(row: WorkRow) -> Iterator[Attempt]:
    """Keep the lease of a claimed row alive around the block; every way out of the block is written to the row.

    Bad input fails the row for good, since it would only fail again; anything else gives it back for another attempt,
    which a full disk or an absent store does not count against. Where they keep the block from beginning, their
    OSError is raised. A lost lease ends the block in silence: the row has another owner, or none.
    """
    begun = False
    try:
        try:
            with work.keep_alive(row) as lost, blobs.scratch() as folder:
                begun = True
                yield Attempt(folder, lost)
        except work.LeaseLost:
            raise
        except BadInput as problem:
            work.fail(row, str(problem), permanent=True)
        except Exception as problem:
            log.exception("%s: attempt %s went wrong", row, row.attempt)
            work.give_back(row, problem)
            if not begun:
                raise
    except work.LeaseLost as lost:
        log.warning("%s; its results are dropped", lost)


class PacedProgress:
    """Writes progress to a row at most once a second; raises LeaseLost where the row is no longer mine."""

    def __init__(self, row: WorkRow) -> None:
        self._row = row
        self._written_at = float("-inf")

    def __call__(self, done: int, total: int) -> None:
        """Take note that `done` of `total` is behind us."""
        now = time.monotonic()
        if done < total and now - self._written_at < WRITE_EVERY_S:
            return
        self._written_at = now
        work.progress(self._row, done, total)
