"""Work rows that a queue is told of."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone

from collector import work
from collector.work import WorkRow

HINT_EVERY_S = 60  # a lost message delays work by a minute; a long queue is not flooded by repetitions


class HintedWork(WorkRow):
    """Work whose row remembers when a queue was last told of it.

    The sweep looks at rows every few seconds; without this memory a queue of a hundred waiting rows would get
    a hundred messages at each look.
    """

    hinted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


def hint_due(model: type[HintedWork], limit: int = 200) -> list[int]:
    """Ids of rows that a worker should take and no queue was told of lately; from now on they count as told."""
    now = timezone.now()
    forgotten = Q(hinted_at=None) | Q(hinted_at__lt=now - dt.timedelta(seconds=HINT_EVERY_S))
    ids = list(work.due(model).filter(forgotten).values_list("pk", flat=True)[:limit])
    model._default_manager.filter(pk__in=ids).update(hinted_at=now)
    return ids
