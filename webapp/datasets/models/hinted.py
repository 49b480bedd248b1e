"""Work rows that a queue is told of."""

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from collector import work
from collector.work import WorkRow

HINT_EVERY_S = 60  # a lost message delays work by a minute; a long queue is not flooded by repetitions


class HintedWork(WorkRow):
    """Work whose row remembers when its queue was last told of it.

    The sweep looks at rows every few seconds; without this memory a queue of a hundred waiting rows would get
    a hundred messages at each look.
    """

    task: ClassVar[str]
    queue: ClassVar[str]

    hinted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def enqueue(self) -> None:
        """Tell the queue, after commit, that this row waits. For edges."""
        type(self)._default_manager.filter(pk=self.pk).update(hinted_at=timezone.now())
        work.enqueue(self.task, self.pk, queue=self.queue)

    @classmethod
    def enqueue_due(cls, limit: int = 200) -> int:
        """Tell the queue of every row that a worker should take and that it was not told of lately."""
        now = timezone.now()
        forgotten = Q(hinted_at=None) | Q(hinted_at__lt=now - dt.timedelta(seconds=HINT_EVERY_S))
        rows = list(work.due(cls).filter(forgotten)[:limit])
        for row in rows:
            row.enqueue()
        return len(rows)

    def retry(self) -> bool:
        """Put a failed or cancelled row back in line; False when it is neither."""
        if not work.retry(self):
            return False
        type(self)._default_manager.filter(pk=self.pk).update(hinted_at=None)
        self.refresh_from_db()
        return True
