"""How often a token may call, and how fast a recording may grow.

Never by address: a laboratory of thirty sits behind one. What honest browsers do lies far below; a limit that is
reached says when to come back, and the player waits.
"""

import datetime as dt
import math
import time
import uuid
from functools import cache

import redis
from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Length
from django.utils import timezone

from collector.errors import Refused
from collector.models import TrackChunk, Trial
from collector.protocol import MAX_BODY_BYTES

VISIT_CALLS_A_MINUTE = 120
TRIAL_CALLS_A_MINUTE = 1200  # a night's recordings may come in one go
ALONE_SHARE = 0.25  # of a limit that a process counts by itself before it asks what the others have counted
STORE_TIMEOUT_S = 0.25

FIRST_CHUNKS = 30  # taken at any time
CHUNKS_A_SECOND = 4  # a mouse of 8 kHz fills three
MAX_TRIAL_BYTES = 64 * 2**20
# Below this number the chunks of a trial cannot have more bytes together.
CHUNKS_THAT_ALWAYS_FIT = MAX_TRIAL_BYTES // MAX_BODY_BYTES


class CallLimit:
    """So many calls a minute for each holder of a token, counted over all web processes.

    The shared counter is Redis. Where it cannot be reached nobody is held up: each process still counts its own.
    """

    def __init__(self, name: str, calls_a_minute: int) -> None:
        self._name = name
        self._limit = calls_a_minute
        self._minute = 0
        self._mine: dict[uuid.UUID, int] = {}

    def take(self, holder: uuid.UUID) -> None:
        """Count a call; raises Refused `too_many_calls` beyond the limit."""
        now_s = time.time()
        minute = int(now_s // 60)
        if minute != self._minute:
            self._minute, self._mine = minute, {}
        mine = self._mine[holder] = self._mine.get(holder, 0) + 1
        if mine <= self._limit * ALONE_SHARE:
            return
        if max(mine, self._everywhere(holder, minute)) > self._limit:
            wait_s = math.ceil(60 * (minute + 1) - now_s)
            raise Refused("too_many_calls", "Too many calls in one minute.", 429, retry_after_s=wait_s)

    def _everywhere(self, holder: uuid.UUID, minute: int) -> int:
        key = f"cursal:calls:{self._name}:{minute}:{holder}"
        try:
            with _store().pipeline() as pipe:
                pipe.incr(key)
                pipe.expire(key, 120)
                return pipe.execute()[0]
        except redis.RedisError:
            return 0


def latest_begin(number: int) -> dt.datetime | None:
    """When a trial must have begun for a hand to have filled chunk `number` by now; None where it may be new."""
    if number < FIRST_CHUNKS:
        return None
    return timezone.now() - dt.timedelta(seconds=(number - FIRST_CHUNKS + 1) / CHUNKS_A_SECOND)


def too_early(trial: Trial, number: int) -> Refused:
    """The refusal of a chunk that came before a hand could have filled so many, with the time to wait."""
    begun_by = latest_begin(number) or trial.created_at
    wait_s = max(1, math.ceil((trial.created_at - begun_by).total_seconds()))
    return Refused("too_early", f"Part {number} comes too early.", 429, retry_after_s=min(wait_s, 600))


def require_room(trial_id: uuid.UUID, number: int) -> None:
    """Raises Refused when a trial's chunks have too many bytes together for one more."""
    if number >= CHUNKS_THAT_ALWAYS_FIT and bytes_stored(trial_id) > MAX_TRIAL_BYTES - MAX_BODY_BYTES:
        raise Refused("recording_too_large", f"A recording has at most {MAX_TRIAL_BYTES} bytes.", 413)


def bytes_stored(trial_id: uuid.UUID) -> int:
    """Bytes of all chunks of a trial together, that are still there."""
    sizes = TrackChunk.objects.filter(trial_id=trial_id).annotate(size=Length("body"))
    return sizes.aggregate(total=Sum("size"))["total"] or 0


def _store() -> redis.Redis:
    return redis.Redis(connection_pool=_pool(settings.CELERY_BROKER_URL))


@cache
def _pool(url: str) -> redis.ConnectionPool:
    return redis.ConnectionPool.from_url(
        url,
        socket_timeout=STORE_TIMEOUT_S,
        socket_connect_timeout=STORE_TIMEOUT_S,
    )
