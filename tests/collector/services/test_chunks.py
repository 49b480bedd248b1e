"""Chunks that arrive while something else happens to their trial: two connections, one truth."""

import datetime as dt
import hashlib
import threading
import time
import uuid

import pytest
from django.db import connection, transaction
from django.utils import timezone

from collector import limits
from collector.errors import Refused
from collector.models import Slot, TrackChunk, Trial
from collector.services import trials, visits
from collector.services.chunks import chunk_store
from collector.tokens import TokenRefused
from tests.collector.world import Caller, open_study

Phase = Trial.Phase


def new_trial(**study):
    study = open_study("fields", **{"simulated": True} | study)
    assignment, token = visits.visit_start(
        study=study, recruiter_parameters={}, language="en", simulated=study.simulated
    )
    caller = Caller()
    caller.enrol(assignment, token)
    return Trial.objects.get(pk=caller.next_trial(token)["trial"]["id"])


@pytest.fixture
def trial(db):
    return new_trial()


@pytest.fixture
def committed_trial(transactional_db):
    return new_trial()


def store(trial, number, body=b"a chunk"):
    return chunk_store(trial_id=trial.pk, number=number, body=body)


def finish(trial, chunks):
    return trials.trial_finish(trial=trial, chunks=chunks, outcome="complete", reason="", summary={})


class Elsewhere:
    """A call on another connection, and what came of it."""

    def __init__(self, call, *arguments):
        self.result = self.error = None
        self.backend = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(call, arguments))
        self._thread.start()
        assert self._ready.wait(60)

    def _run(self, call, arguments):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.backend = cursor.fetchone()[0]
            self._ready.set()
            self.result = call(*arguments)
        except Exception as error:
            self.error = error
        finally:
            self._ready.set()
            connection.close()

    def until_it_waits(self):
        """Return once it waits for a lock; fails when it ends without having waited."""
        with connection.cursor() as cursor:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                cursor.execute(
                    "SELECT wait_event_type FROM pg_stat_get_activity(%s) WHERE wait_event_type = 'Lock'",
                    [self.backend],
                )
                if cursor.fetchone():
                    return
                assert self._thread.is_alive(), "it did not wait"
                time.sleep(0.01)
        pytest.fail("it never waited")

    def join(self):
        self._thread.join(60)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error
        return self.result


def test_a_chunk_is_stored_byte_by_byte_with_its_digest_and_the_time(trial):
    body = bytes(range(256)) * 40
    before = timezone.now()
    assert store(trial, 3, body).missing == []
    chunk = TrackChunk.objects.get(trial=trial)
    assert (chunk.number, bytes(chunk.body)) == (3, body)
    assert chunk.sha256 == hashlib.sha256(body).hexdigest()
    assert before <= chunk.received_at <= timezone.now()


def test_the_last_missing_chunk_completes_the_recording_once(trial):
    store(trial, 0)
    assert finish(trial, 3) == [1, 2]
    first, last, again = store(trial, 2), store(trial, 1), store(trial, 1)
    assert (first.completed, first.missing) == (False, [1])
    assert (last.completed, last.missing) == (True, [])
    assert (again.completed, again.missing) == (False, [])


def test_a_chunk_of_no_trial_is_told_so(db):
    with pytest.raises(TokenRefused) as refused:
        chunk_store(trial_id=uuid.uuid4(), number=0, body=b"x")
    assert refused.value.code == "gone"


def test_a_repeat_finishes_what_a_dead_process_left_undone(trial):
    finish(trial, 1)
    TrackChunk.objects.create(trial=trial, number=0, body=b"x", sha256=hashlib.sha256(b"x").hexdigest())
    assert store(trial, 0, b"x").completed
    trial.refresh_from_db()
    assert trial.phase == Phase.FINISHED


def test_a_repeated_finish_does_so_too(trial):
    finish(trial, 1)
    TrackChunk.objects.create(trial=trial, number=0, body=b"x", sha256=hashlib.sha256(b"x").hexdigest())
    assert finish(trial, 1) == []
    trial.refresh_from_db()
    assert trial.phase == Phase.FINISHED


def test_a_real_recording_grows_no_faster_than_a_hand_can_fill_it(db):
    trial = new_trial(simulated=False)
    number = limits.FIRST_CHUNKS + 40
    with pytest.raises(Refused) as refused:
        store(trial, number)
    assert (refused.value.code, refused.value.status) == ("too_early", 429)
    assert 0 < refused.value.details["retry_after_s"] <= 600
    Trial.objects.filter(pk=trial.pk).update(created_at=timezone.now() - dt.timedelta(minutes=1))
    assert store(trial, number).missing == []


def test_a_finish_waits_for_a_chunk_on_its_way(committed_trial):
    with transaction.atomic():
        store(committed_trial, 0)
        other = Elsewhere(finish, committed_trial, 1)
        other.until_it_waits()
    assert other.join() == []
    committed_trial.refresh_from_db()
    assert committed_trial.phase == Phase.FINISHED


def test_a_finish_that_announces_too_few_sees_the_chunk_on_its_way(committed_trial):
    with transaction.atomic():
        store(committed_trial, 1)
        other = Elsewhere(finish, committed_trial, 1)
        other.until_it_waits()
    with pytest.raises(Refused, match="More parts"):
        other.join()


def test_a_chunk_waits_for_a_finish_on_its_way_and_completes_it(committed_trial):
    with transaction.atomic():
        assert finish(committed_trial, 1) == [0]
        other = Elsewhere(store, committed_trial, 0)
        other.until_it_waits()
    assert other.join().completed


def test_a_chunk_beyond_a_finish_on_its_way_is_refused(committed_trial):
    with transaction.atomic():
        finish(committed_trial, 1)
        other = Elsewhere(store, committed_trial, 1)
        other.until_it_waits()
    with pytest.raises(Refused) as refused:
        other.join()
    assert refused.value.code == "after_finish"
    assert not TrackChunk.objects.exists()


def test_a_trial_is_given_up_only_after_the_chunk_on_its_way(committed_trial):
    def give_up():
        return Trial.objects.filter(pk=committed_trial.pk).update(phase=Phase.INTERRUPTED)

    with transaction.atomic():
        store(committed_trial, 0)
        other = Elsewhere(give_up)
        other.until_it_waits()
    assert other.join() == 1
    with pytest.raises(Refused):
        store(committed_trial, 1)


@pytest.mark.parametrize("who", ["the sweep", "the next trial"])
def test_a_trial_that_was_finished_on_the_way_is_not_given_up(committed_trial, who):
    store(committed_trial, 0)
    if who == "the sweep":
        Slot.objects.update(reserved_until="2020-01-01T00:00:00Z")
    with transaction.atomic():
        finish(committed_trial, 1)
        if who == "the sweep":
            other = Elsewhere(trials.trials_abandon_stale)
        else:
            other = Elsewhere(lambda: trials.trial_next(assignment=committed_trial.slot.assignment))
        other.until_it_waits()
    other.join()
    committed_trial.refresh_from_db()
    assert committed_trial.phase == Phase.FINISHED


def test_an_end_that_aborts_and_the_next_trial_do_not_wait_for_each_other_for_ever(transactional_db):
    trial = new_trial(interruptions={"hidden": "abort"})
    store(trial, 0)
    with transaction.atomic():
        Trial.objects.select_for_update().get(pk=trial.pk)
        other = Elsewhere(lambda: trials.trial_next(assignment=trial.slot.assignment))
        other.until_it_waits()
        trials.trial_finish(trial=trial, chunks=1, outcome="interrupted", reason="hidden", summary={})
    other.join()
    assert Slot.objects.get(pk=trial.slot_id).given_up


def test_of_two_last_chunks_at_once_one_completes_the_recording(committed_trial):
    finish(committed_trial, 2)
    others = [Elsewhere(store, committed_trial, number) for number in range(2)]
    assert sorted(other.join().completed for other in others) == [False, True]
    committed_trial.refresh_from_db()
    assert committed_trial.phase == Phase.FINISHED


def test_the_same_chunk_twice_at_once_is_stored_once(committed_trial):
    with transaction.atomic():
        store(committed_trial, 0)
        other = Elsewhere(store, committed_trial, 0)
        other.until_it_waits()
    assert other.join().missing == []
    assert TrackChunk.objects.count() == 1


def test_other_bytes_under_the_same_number_at_once_are_refused(committed_trial):
    with transaction.atomic():
        store(committed_trial, 0)
        other = Elsewhere(store, committed_trial, 0, b"another chunk")
        other.until_it_waits()
    with pytest.raises(Refused) as refused:
        other.join()
    assert refused.value.code == "chunk_conflict"


def test_a_connection_that_died_in_between_loses_no_chunk(committed_trial):
    store(committed_trial, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]
    Elsewhere(terminate, own).join()
    assert store(committed_trial, 1).missing == []
    assert TrackChunk.objects.count() == 2


def terminate(backend):
    """End a session of the server and wait until it is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [backend])
        assert cursor.fetchone()[0]
