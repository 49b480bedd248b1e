"""Work as rows: claim, keep alive, finish, fail, sweep.

The row is the truth and the queue only a hint. A worker claims a row by a conditional update that sets a new
lease token; every later write carries `WHERE lease_token = mine`, so a worker that wakes up after its lease ran
out can no longer change anything. A row whose lease ran out is claimed again; after `MAX_ATTEMPTS` it is failed
with its last reason and waits for a person's retry.

Rows remember when their queue was last told of them: the sweep looks every few seconds, and without this memory a
queue of a hundred waiting rows would get a hundred messages at each look.

A row may have *parts*: rows of their own that do its work piece by piece. Once they are there it is handed out:
running, but in nobody's hands, until whoever finishes the last part concludes it. It is cancelled and tried again
with its parts.
"""

import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from celery import current_app
from django.db import Error as DatabaseTrouble
from django.db import connection, models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
LEASE_S = 60
HINT_EVERY_S = 60  # a lost message delays work by a minute
HEARTBEAT_S = 15  # a quarter of the lease: three heartbeats may be lost before the row is taken for dead

# So many rows from the head of a line are told of: the queue stays short however long the line is.
HINTS_AHEAD = 200

DIED = f"the worker died {MAX_ATTEMPTS} times while doing this"


class WorkState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_STATES = (WorkState.WAITING, WorkState.RUNNING)
OVER_STATES = (WorkState.DONE, WorkState.FAILED, WorkState.CANCELLED)
# Running in the hands of its parts: there is no lease that could run out.
HANDED_OUT = Q(state=WorkState.RUNNING, lease_token=None, lease_until=None)


class LeaseLost(Exception):
    """Somebody else owns the row now, or it was cancelled: stop, and write nothing."""


class WorkRow(models.Model):
    """Something a worker has to do once, whatever dies in between: by the Celery task `task` on queue `queue`."""

    task: ClassVar[str]
    queue: ClassVar[str]

    state = models.CharField(
        max_length=10, choices=WorkState.choices, default=WorkState.WAITING, db_index=True
    )
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, blank=True, editable=False)
    hinted_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.TextField(blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def progress_share(self) -> float:
        """Share done, 0 to 1; 0 while the total is unknown."""
        if self.state == WorkState.DONE:
            return 1.0
        return min(1.0, self.progress_done / self.progress_total) if self.progress_total else 0.0

    def parts(self) -> "models.QuerySet[Any] | None":
        """The rows that do its work piece by piece; None where it does its own."""
        return None

    @classmethod
    def due(cls) -> models.QuerySet:
        """Rows that a worker should take now: waiting ones, and running ones whose lease ran out."""
        return cls._default_manager.filter(_claimable(timezone.now())).order_by("created_at")

    def enqueue(self) -> None:
        """Tell the queue, after commit, that this row waits. For edges."""
        type(self)._default_manager.filter(pk=self.pk).update(hinted_at=timezone.now())
        enqueue(self.task, self.pk if isinstance(self.pk, int) else str(self.pk), queue=self.queue)

    @classmethod
    def enqueue_due(cls, limit: int = HINTS_AHEAD) -> int:
        """Tell the queue of those of the first `limit` due rows that it was not told of lately; returns how many.

        The others have their turn when they come to the head. Told of all of them once a minute, the queue of a line
        that takes a night would hold a million messages in the morning.
        """
        before = timezone.now() - dt.timedelta(seconds=HINT_EVERY_S)
        head = list(cls.due().values_list("pk", flat=True)[:limit])
        untold = Q(hinted_at=None) | Q(hinted_at__lt=before)
        rows = list(cls._default_manager.filter(untold, pk__in=head).order_by("created_at"))
        for row in rows:
            row.enqueue()
        return len(rows)

    def retry(self) -> bool:
        """Put a failed or cancelled row back in line with fresh attempts; False when it is neither.

        So are those of its parts that failed or were cancelled; what is done stays done.
        """
        with transaction.atomic():
            changed = _renew(type(self)._default_manager.filter(pk=self.pk))
            if changed and (parts := self.parts()) is not None:
                _renew(parts)
        self.refresh_from_db()
        return bool(changed)


Row = TypeVar("Row", bound=WorkRow)


def _renew(rows: "models.QuerySet[Any]") -> int:
    over = rows.filter(state__in=[WorkState.FAILED, WorkState.CANCELLED])
    return over.update(
        state=WorkState.WAITING,
        attempt=0,
        lease_token=None,
        last_error="",
        finished_at=None,
        hinted_at=None,
        progress_done=0,
    )


def _claimable(now: dt.datetime) -> Q:
    lapsed = Q(state=WorkState.RUNNING, lease_until__lt=now)
    return Q(state=WorkState.WAITING) | lapsed


def claim(model: type[Row], pk: Any, lease_s: float = LEASE_S) -> Row | None:
    """Take the row, or return None when it is done, cancelled, or in somebody's hands.

    A row that has used up its attempts is failed here instead of being claimed.
    """
    now = timezone.now()
    token = uuid.uuid4()
    rows = model._default_manager.filter(_claimable(now), pk=pk)
    rows.filter(attempt__gte=MAX_ATTEMPTS).update(
        state=WorkState.FAILED,
        finished_at=now,
        lease_token=None,
        last_error=Coalesce(NullIf("last_error", Value("")), Value(DIED)),
    )
    taken = rows.filter(attempt__lt=MAX_ATTEMPTS).update(
        state=WorkState.RUNNING,
        attempt=F("attempt") + 1,
        lease_token=token,
        lease_until=now + dt.timedelta(seconds=lease_s),
        heartbeat_at=now,
        started_at=now,
        finished_at=None,
        progress_done=0,
    )
    return model._default_manager.get(pk=pk) if taken else None


def write(row: WorkRow, **fields: Any) -> None:
    """Update the row while the lease is still mine; raises LeaseLost otherwise."""
    mine = type(row)._default_manager.filter(pk=row.pk, lease_token=row.lease_token, state=WorkState.RUNNING)
    if not mine.update(**fields):
        raise LeaseLost(f"{row._meta.verbose_name} {row.pk} is no longer mine")
    for name, value in fields.items():
        setattr(row, name, value)


def progress(row: WorkRow, done: int, total: int) -> None:
    """Record how far the work is, and renew the lease by the way."""
    now = timezone.now()
    write(
        row,
        progress_done=done,
        progress_total=total,
        heartbeat_at=now,
        lease_until=now + dt.timedelta(seconds=LEASE_S),
    )


def complete(row: WorkRow, **fields: Any) -> None:
    """Finish the row and set `fields` with it, in one conditional update."""
    write(row, state=WorkState.DONE, finished_at=timezone.now(), last_error="", **fields)


def fail(row: WorkRow, reason: str, *, permanent: bool = False) -> None:
    """Give the row back with a reason: waiting again, or failed for good.

    Bad input is permanent: trying again would only fail again.
    """
    final = permanent or row.attempt >= MAX_ATTEMPTS
    write(
        row,
        state=WorkState.FAILED if final else WorkState.WAITING,
        last_error=reason,
        finished_at=timezone.now() if final else None,
    )


def postpone(row: WorkRow, reason: str) -> None:
    """Give the row back because something outside is in the way, such as a full disk; it costs no attempt.

    The sweep offers it again after HINT_EVERY_S, for as long as that lasts.
    """
    write(row, state=WorkState.WAITING, attempt=max(0, row.attempt - 1), last_error=reason)


def give_back(row: WorkRow, problem: Exception) -> None:
    """Give the row back after an exception that nobody foresaw.

    A full disk or a store that is away is waited for, since every row in line would meet it. A file that is missing
    alone is not: it would be waited for in vain.
    """
    if isinstance(problem, OSError) and not isinstance(problem, FileNotFoundError):
        postpone(row, f"waits for room on the disk, or for the store: {problem}")
    else:
        fail(row, f"{type(problem).__name__}: {problem}")


def put_back_in_line(row: WorkRow) -> bool:
    """For edges: retry a row and tell its queue; False when it is neither failed nor cancelled."""
    if not row.retry():
        return False
    row.enqueue()
    return True


def hand_out(row: WorkRow, **fields: Any) -> None:
    """Leave a claimed row to its parts: it goes on running, and no lease runs out. Raises LeaseLost."""
    write(row, lease_token=None, lease_until=None, **fields)


def conclude(row: WorkRow, *, reason: str = "", **fields: Any) -> bool:
    """Finish a row that was handed out: done, or failed where there is a reason; False when it is over already."""
    mine = type(row)._default_manager.filter(HANDED_OUT, pk=row.pk)
    state = WorkState.FAILED if reason else WorkState.DONE
    return bool(mine.update(state=state, finished_at=timezone.now(), last_error=reason, **fields))


@transaction.atomic
def cancel(row: WorkRow) -> bool:
    """Stop a waiting or running row, and its parts; their workers notice at their next write."""
    if not _stop(type(row)._default_manager.filter(pk=row.pk)):
        return False
    if (parts := row.parts()) is not None:
        _stop(parts)
    return True


def _stop(rows: "models.QuerySet[Any]") -> int:
    return rows.filter(state__in=OPEN_STATES).update(
        state=WorkState.CANCELLED,
        lease_token=None,
        finished_at=timezone.now(),
        last_error="cancelled by hand",
    )


@contextmanager
def keep_alive(row: WorkRow) -> Iterator[threading.Event]:
    """Renew the lease from a thread of its own while the block runs.

    Yields an event that is set once the lease is lost, for work that can look at it between two steps. A database
    that is away for a moment is asked again at the next heartbeat; away for as long as a lease lasts, it is lost.
    """
    lost = threading.Event()
    stop = threading.Event()
    token = row.lease_token  # a row that the block hands out has none, and needs none

    def renew() -> None:
        renewed_at = time.monotonic()
        try:
            while not lost.is_set() and not stop.wait(HEARTBEAT_S):
                beat_at = time.monotonic()
                try:
                    if not _heartbeat(row, token):
                        lost.set()
                    renewed_at = beat_at
                except DatabaseTrouble:
                    log.warning("%s: a heartbeat was lost", row, exc_info=True)
                    connection.close()  # a broken one would stay so
                    if time.monotonic() - renewed_at >= LEASE_S:
                        lost.set()
        finally:
            connection.close()  # this thread's own connection

    thread = threading.Thread(target=renew, name=f"lease-{row.pk}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join()


def _heartbeat(row: WorkRow, token: uuid.UUID | None) -> bool:
    now = timezone.now()
    mine = type(row)._default_manager.filter(pk=row.pk, lease_token=token, state=WorkState.RUNNING)
    return bool(mine.update(heartbeat_at=now, lease_until=now + dt.timedelta(seconds=LEASE_S)))


def enqueue(task_name: str, pk: int | str, *, queue: str) -> None:
    """Send a hint after commit.

    By the task's name, so that a web process need not import what the worker imports. A broker that is away is
    logged and no more: the row is stored, and the sweep finds it.
    """
    transaction.on_commit(lambda: current_app.send_task(task_name, args=[pk], queue=queue), robust=True)
