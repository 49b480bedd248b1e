"""Servers and disks fail during capture: nothing acknowledged is lost, and nobody is told what is not so."""

import datetime as dt
import threading

import httpx
import pytest
from django.db import connection
from django.utils import timezone

from collector.models import Assignment, Track, TrackChunk, Trial
from collector.protocol import write_chunk
from collector.services import retention, trials, visits
from collector.tokens import sign_trial
from collector.work import WorkState
from tests.collector.world import chunks_of_a_steady_hand
from tests.e2e.acknowledged import (
    CLIPS,
    OBSERVERS,
    all_tracks_joined,
    assert_in_raw_tracks,
    open_study,
    watch_all,
)

LONG_AGO = dt.timedelta(hours=1)


class Turns:
    """Every few acknowledged chunks the next process is killed, and started again."""

    def __init__(self, site, names, every):
        self.site, self.left, self.every = site, list(names), every
        self.acknowledged, self.lock = 0, threading.Lock()

    def __call__(self):
        with self.lock:
            self.acknowledged += 1
            if self.left and self.acknowledged % self.every == 0:
                name = self.left.pop(0)
                self.site.kill(name)
                self.site.start(name)


@pytest.mark.long(30)
def test_nothing_acknowledged_is_lost_when_every_process_dies_in_turn(own_site):
    study = open_study()
    own_site.start("web", "ingest", "beat")
    acknowledged = {}
    turns = Turns(own_site, ["postgres", "web", "redis", "ingest", "beat", "postgres"], every=3)
    watch_all(own_site.url, study, acknowledged, turns)
    assert turns.left == []
    connection.close()  # its server was killed
    # No need to wait for a lease or a hint to run out.
    Trial.objects.filter(state=WorkState.RUNNING).update(lease_until=timezone.now())
    Trial.objects.update(hinted_at=timezone.now() - LONG_AGO)
    own_site.wait_for(all_tracks_joined, within_s=120)
    assert_in_raw_tracks(acknowledged)
    assert Assignment.objects.filter(step=Assignment.Step.DONE).count() == OBSERVERS


def opened_trial(study):
    """A trial that waits for its recording, and its chunks as they would travel."""
    assignment, _ = visits.visit_start(study=study, recruiter_parameters={}, language="en", simulated=True)
    assignment.step = Assignment.Step.WATCH
    assignment.save(update_fields=["step"])
    trial = trials.trial_next(assignment=assignment).trial
    told = {
        "fps": str(trial.rendition.fps),
        "frames": trial.rendition.frames,
        "width": trial.rendition.width,
        "height": trial.rendition.height,
        "hold_after_end_s": 0.8,
    }
    return trial, [write_chunk(chunk) for chunk in chunks_of_a_steady_hand(told, interval_ms=2000)]


def put(site, trial, number, body):
    headers = {"Authorization": f"Bearer {sign_trial(trial.pk)}", "Content-Type": "application/json"}
    address = f"{site.url}/api/v1/trials/{trial.pk}/chunks/{number}"
    return httpx.put(address, content=body, headers=headers, timeout=30)


def test_without_a_database_nothing_is_called_stored_and_the_page_is_told_to_come_back(own_site):
    trial, bodies = opened_trial(open_study())
    own_site.start("web")
    assert put(own_site, trial, 0, bodies[0]).status_code == 200
    own_site.kill("postgres")
    refused = put(own_site, trial, 1, bodies[1])
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    own_site.start("postgres")
    connection.close()
    assert put(own_site, trial, 1, bodies[1]).json()["stored"] is True
    assert put(own_site, trial, 0, bodies[0]).status_code == 200
    stored = {chunk.number: bytes(chunk.body) for chunk in TrackChunk.objects.filter(trial=trial)}
    assert stored == dict(enumerate(bodies[:2]))


def test_without_a_broker_chunks_are_stored_and_joined_later(own_site):
    study = open_study()
    own_site.start("web", "ingest", "beat")
    own_site.kill("redis")
    acknowledged = {}
    watch_all(own_site.url, study, acknowledged)
    assert not Track.objects.exists()
    own_site.start("redis")
    Trial.objects.update(hinted_at=timezone.now() - LONG_AGO)
    own_site.wait_for(all_tracks_joined, within_s=120)
    assert_in_raw_tracks(acknowledged)


@pytest.mark.usefixtures("transactional_db")
def test_a_full_track_store_is_waited_for_and_nothing_is_dropped_meanwhile(track_disk, site, settings):
    study = open_study()
    site.start("web", "ingest", "beat")
    track_disk.fill()
    acknowledged = {}
    # The observer's part is done when the chunks are in the database, and so it is: the code is no lie.
    watch_all(site.url, study, acknowledged)
    site.wait_for(lambda: not Trial.objects.filter(last_error="").exists())
    assert all(
        reason.startswith("waits for room on the disk")
        for reason in Trial.objects.values_list("last_error", flat=True)
    )
    assert not Track.objects.exists()
    settings.CHUNKS_KEPT_H = 0
    assert retention.chunks_drop_due() == 0
    assert TrackChunk.objects.count() == len(acknowledged)

    track_disk.make_room()
    Trial.objects.update(hinted_at=timezone.now() - LONG_AGO)
    site.wait_for(all_tracks_joined, within_s=120)
    assert_in_raw_tracks(acknowledged)
    assert retention.chunks_drop_due() == OBSERVERS * CLIPS
    assert not TrackChunk.objects.exists()
    assert_in_raw_tracks(acknowledged)
