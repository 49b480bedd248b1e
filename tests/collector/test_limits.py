import datetime as dt
import uuid

import pytest
import redis
from django.utils import timezone

from collector import limits
from collector.errors import Refused
from collector.limits import CallLimit
from collector.models import Trial
from collector.services import visits
from collector.services.chunks import chunk_store
from tests.collector.world import open_study


@pytest.fixture
def clock(monkeypatch):
    """The wall clock, to be set by hand."""

    class Clock:
        now = 6_000_000.0

    monkeypatch.setattr(limits.time, "time", lambda: Clock.now)
    return Clock


def calls_taken(limit, holder, tried):
    taken = 0
    for _ in range(tried):
        try:
            limit.take(holder)
        except Refused as refused:
            assert (refused.code, refused.status) == ("too_many_calls", 429)
            assert 1 <= refused.details["retry_after_s"] <= 60
        else:
            taken += 1
    return taken


def test_a_token_has_so_many_calls_a_minute_and_new_ones_in_the_next(broker, clock):
    limit, holder = CallLimit("test", 40), uuid.uuid4()
    assert calls_taken(limit, holder, 60) == 40
    clock.now += 60
    assert calls_taken(limit, holder, 60) == 40


def test_one_token_does_not_use_up_anothers(broker, clock):
    limit = CallLimit("test", 40)
    calls_taken(limit, uuid.uuid4(), 60)
    assert calls_taken(limit, uuid.uuid4(), 40) == 40


def test_web_processes_count_together(broker, clock):
    holder = uuid.uuid4()
    one, other = CallLimit("test", 40), CallLimit("test", 40)
    together = calls_taken(one, holder, 60) + calls_taken(other, holder, 60)
    assert together <= 40 * (1 + 2 * limits.ALONE_SHARE)


def test_without_the_store_each_process_counts_alone_and_holds_nobody_up(settings, clock):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(redis.RedisError):
        limits._store().ping()
    assert calls_taken(CallLimit("test", 40), uuid.uuid4(), 60) == 40


@pytest.fixture
def live_trial(db, caller):
    """A trial whose clock is ours."""
    assignment, token = visits.visit_start(study=open_study("alps"), recruiter_parameters={}, language="en")
    caller.enrol(assignment, token)
    return Trial.objects.get(pk=caller.next_trial(token)["trial"]["id"])


def store(trial, number):
    return chunk_store(trial_id=trial.pk, number=number, body=b"{}")


def open_since(trial, seconds):
    Trial.objects.filter(pk=trial.pk).update(created_at=timezone.now() - dt.timedelta(seconds=seconds))


def test_a_recording_grows_no_faster_than_a_hand_can_move(live_trial):
    store(live_trial, limits.FIRST_CHUNKS - 1)
    open_since(live_trial, 0)
    with pytest.raises(Refused, match="too early") as refused:
        store(live_trial, limits.FIRST_CHUNKS + 400)
    assert refused.value.status == 429
    assert 50 < refused.value.details["retry_after_s"] <= 101  # a hundred, less what has passed since
    open_since(live_trial, 200)
    store(live_trial, limits.FIRST_CHUNKS + 400)


def test_a_simulated_recording_may_come_at_once(live_trial):
    Trial.objects.update(virtual_clock=True)
    store(live_trial, limits.FIRST_CHUNKS + 100)


def test_a_recording_has_an_end_in_bytes(live_trial, monkeypatch):
    monkeypatch.setattr(limits, "CHUNKS_THAT_ALWAYS_FIT", 0)
    monkeypatch.setattr(limits, "MAX_TRIAL_BYTES", limits.MAX_BODY_BYTES + 2)
    store(live_trial, 0)
    store(live_trial, 1)
    with pytest.raises(Refused, match="at most") as refused:
        store(live_trial, 2)
    assert refused.value.code == "recording_too_large"


def test_whoever_calls_too_often_is_told_when_to_come_back(visit, caller, clock, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    answers = [
        caller.call("POST", "visits/clock", visit, {"t_page_us": 1})
        for _ in range(limits.VISIT_CALLS_A_MINUTE + 5)
    ]
    assert answers[0].status == 200
    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
