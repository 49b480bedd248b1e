"""Chunks come in: the busiest write of the site, so one statement, one round trip and one commit each."""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import Error, connection
from django.utils import timezone

from collector.errors import Refused
from collector.limits import latest_begin, require_room, too_early
from collector.models import Trial
from collector.selectors import chunk_sha256
from collector.services.trials import TAKING, trial_settle
from collector.tokens import TokenRefused

# The share of the trial's row lock that is taken here waits for whoever changes the trial, and lets nobody change it
# before the chunk is committed: a finish, a trial given up and a chunk on its way see each other in some order.
STORE = """
WITH trial AS MATERIALIZED (
    SELECT id, chunks_announced,
        phase = ANY(%(taking)s) AND %(number)s < coalesce(chunks_announced, %(number)s + 1) AS takes_it,
        %(begun_by)s::timestamptz IS NULL OR virtual_clock OR created_at <= %(begun_by)s AS plausible
    FROM collector_trial WHERE id = %(trial)s FOR SHARE
), stored AS (
    INSERT INTO collector_trackchunk (trial_id, number, body, sha256, received_at)
    SELECT id, %(number)s, %(body)s, %(sha256)s, %(now)s FROM trial WHERE takes_it AND plausible
    ON CONFLICT (trial_id, number) DO NOTHING
    RETURNING number
)
SELECT EXISTS (SELECT FROM stored), takes_it, chunks_announced FROM trial
"""


@dataclass(frozen=True)
class Stored:
    """Whether this chunk was the last one of a finished recording, and which numbers are known to be missing."""

    completed: bool
    missing: list[int]


def chunk_store(*, trial_id: uuid.UUID, number: int, body: bytes) -> Stored:
    """Store a chunk once; a repeat changes nothing and is answered the same.

    When this returns the chunk is on disk. Raises Refused when other bytes have this number already, when the trial
    takes no more, or when a hand cannot have filled so many yet; TokenRefused when there is no such trial.
    """
    require_room(trial_id, number)
    sha256 = hashlib.sha256(body).hexdigest()
    found = _execute(
        {
            "trial": trial_id,
            "number": number,
            "body": body,
            "sha256": sha256,
            "taking": [str(phase) for phase in TAKING],
            "now": timezone.now(),
            "begun_by": latest_begin(number),
        }
    )
    if found is None:
        raise TokenRefused("gone", "What this link opened has been removed.")
    stored, takes_it, announced = found
    if not stored:
        _require_repeat(trial_id, number, sha256, takes_it=takes_it)
    if announced is None or not takes_it:
        return Stored(completed=False, missing=[])
    # Also after a repeat: whoever stored the last chunk may have died before it came to this.
    return Stored(*trial_settle(trial_id=trial_id))


def _require_repeat(trial_id: uuid.UUID, number: int, sha256: str, *, takes_it: bool) -> None:
    """Raises Refused unless this very chunk is here already."""
    trial = Trial.objects.get(pk=trial_id)
    here = chunk_sha256(trial, number)
    if here == sha256:
        return
    if here is not None:
        raise Refused("chunk_conflict", f"Part {number} has arrived before with other contents.")
    if not takes_it:
        raise Refused("after_finish", "This recording is finished and takes no more parts.")
    raise too_early(trial, number)


def _execute(parameters: dict[str, Any]) -> tuple | None:
    """Run the statement, again on a new connection when the one at hand turns out to be dead.

    Asking beforehand whether it lives would cost another round trip; running twice costs nothing, since the second
    run finds the chunk of the first.
    """
    try:
        return _execute_once(parameters)
    except Error:
        if connection.in_atomic_block or connection.is_usable():
            raise
    connection.close()
    return _execute_once(parameters)


def _execute_once(parameters: dict[str, Any]) -> tuple | None:
    connection.ensure_connection()
    # Not Django's own cursor, which writes values into the text: bytes would travel twice as long and be parsed.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(STORE, parameters, prepare=True).fetchone()
