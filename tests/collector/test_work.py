import datetime as dt
import time

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from collector import work
from collector.models import Stimulus
from collector.work import MAX_ATTEMPTS, LeaseLost, WorkState


@pytest.fixture
def row(db):
    return Stimulus.objects.create(name="clip", original_sha256="0" * 64)


def lapse(row):
    Stimulus.objects.filter(pk=row.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))


def test_a_row_is_claimed_once(row):
    assert work.claim(Stimulus, row.pk).attempt == 1
    assert work.claim(Stimulus, row.pk) is None


def test_a_row_whose_lease_ran_out_is_claimed_again_and_the_late_worker_cannot_write(row):
    late = work.claim(Stimulus, row.pk)
    lapse(row)
    current = work.claim(Stimulus, row.pk)
    assert current.attempt == 2
    with pytest.raises(LeaseLost):
        work.complete(late, title="stale")
    work.complete(current, title="fresh")
    row.refresh_from_db()
    assert (row.state, row.title) == (WorkState.DONE, "fresh")


def test_a_row_whose_worker_keeps_dying_is_failed_with_a_reason(row):
    for _ in range(MAX_ATTEMPTS):
        assert work.claim(Stimulus, row.pk)
        lapse(row)
    assert work.claim(Stimulus, row.pk) is None
    row.refresh_from_db()
    assert row.state == WorkState.FAILED
    assert "died" in row.last_error


def test_a_failure_is_tried_again_until_the_attempts_are_used_up(row):
    for n in range(1, MAX_ATTEMPTS + 1):
        work.fail(work.claim(Stimulus, row.pk), f"reason {n}")
    row.refresh_from_db()
    assert (row.state, row.last_error) == (WorkState.FAILED, f"reason {MAX_ATTEMPTS}")
    assert row.retry()
    assert work.claim(Stimulus, row.pk).attempt == 1


def test_bad_input_fails_at_once(row):
    work.fail(work.claim(Stimulus, row.pk), "not a video", permanent=True)
    row.refresh_from_db()
    assert row.state == WorkState.FAILED
    assert not Stimulus.due().exists()


def test_a_cancelled_row_is_noticed_at_the_next_write(row):
    mine = work.claim(Stimulus, row.pk)
    assert work.cancel(row)
    with pytest.raises(LeaseLost):
        work.progress(mine, 1, 2)


def test_due_rows_are_those_that_wait_and_those_whose_lease_ran_out(row):
    assert Stimulus.due().get() == row
    work.claim(Stimulus, row.pk)
    assert not Stimulus.due().exists()
    lapse(row)
    assert Stimulus.due().get() == row


def test_progress_renews_the_lease(row):
    mine = work.claim(Stimulus, row.pk, lease_s=1)
    work.progress(mine, 3, 4)
    row.refresh_from_db()
    assert row.progress_share == 0.75
    assert row.lease_until > timezone.now() + dt.timedelta(seconds=30)


def test_the_queue_is_told_of_the_head_of_a_long_line_alone_and_once(row, monkeypatch):
    told = []
    monkeypatch.setattr(work, "enqueue", lambda name, pk, *, queue: told.append(pk))
    later = [Stimulus.objects.create(name=f"clip-{n}", original_sha256="0" * 64) for n in range(2)]
    assert Stimulus.enqueue_due(limit=2) == 2
    assert Stimulus.enqueue_due(limit=2) == 0
    work.complete(work.claim(Stimulus, row.pk))
    assert Stimulus.enqueue_due(limit=2) == 1
    assert told == [row.pk, *(one.pk for one in later)]


def test_a_row_that_was_handed_out_is_nobodys_to_claim_until_it_is_concluded(row):
    work.hand_out(work.claim(Stimulus, row.pk), title="in parts")
    assert work.claim(Stimulus, row.pk) is None
    assert not Stimulus.due().exists()
    assert work.conclude(row, reason="a part failed")
    assert not work.conclude(row), "it is over already"
    row.refresh_from_db()
    assert (row.state, row.last_error, row.title) == (WorkState.FAILED, "a part failed", "in parts")


def test_a_row_that_was_handed_out_can_be_cancelled(row):
    work.hand_out(work.claim(Stimulus, row.pk))
    assert work.cancel(row)
    assert not work.conclude(row)


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_after_handing_out_takes_nothing_back(monkeypatch):
    monkeypatch.setattr(work, "HEARTBEAT_S", 0.01)
    row = Stimulus.objects.create(name="clip", original_sha256="0" * 64)
    mine = work.claim(Stimulus, row.pk)
    with work.keep_alive(mine) as lost:
        work.hand_out(mine)
        assert lost.wait(10), "the lease is over"
    row.refresh_from_db()
    assert row.lease_until is None


def wait_for_a_heartbeat(row):
    since, deadline = timezone.now(), time.monotonic() + 10
    while Stimulus.objects.get(pk=row.pk).heartbeat_at <= since:
        assert time.monotonic() < deadline, "the heart has stopped"
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_the_heart_goes_on_after_its_connection_broke(monkeypatch):
    monkeypatch.setattr(work, "HEARTBEAT_S", 0.01)
    row = Stimulus.objects.create(name="clip", original_sha256="0" * 64)
    with work.keep_alive(work.claim(Stimulus, row.pk)) as lost:
        wait_for_a_heartbeat(row)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone() == (1,)
        wait_for_a_heartbeat(row)
        assert not lost.is_set()


@pytest.mark.django_db(transaction=True)
def test_a_lease_that_could_not_be_renewed_for_as_long_as_it_lasts_is_lost(monkeypatch):
    def away(*_):
        raise OperationalError("the database is away")

    monkeypatch.setattr(work, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(work, "LEASE_S", 0.3)
    monkeypatch.setattr(work, "_heartbeat", away)
    row = Stimulus.objects.create(name="clip", original_sha256="0" * 64)
    with work.keep_alive(work.claim(Stimulus, row.pk)) as lost:
        assert not lost.wait(0.1), "three heartbeats may be lost"
        assert lost.wait(10)
