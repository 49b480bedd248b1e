"""kill -9 in the middle: every acknowledged chunk is in a raw track, every build ends once."""

import datetime as dt
import threading

import pytest
import redis
from django.utils import timezone

from collector import blobs
from collector.models import Stimulus, Track, Trial
from collector.simulation.hands import Hands
from collector.work import WorkState
from processing.synthetic import Hand
from tests.e2e.acknowledged import CLIPS, all_tracks_joined, assert_in_raw_tracks, open_study, watch_all
from webapp.datasets.models import Build
from webapp.datasets.services import builds_request, recipe_freeze

LONG_AGO = dt.timedelta(hours=1)


@pytest.fixture
def study(transactional_db):
    return open_study()


def test_no_acknowledged_chunk_is_lost_when_web_and_worker_die(site, study):
    acknowledged: dict = {}
    killed = threading.Event()
    lock = threading.Lock()

    def kill_once():
        with lock:
            if len(acknowledged) >= 6 and not killed.is_set():
                killed.set()
                site.kill("web")
                site.kill("ingest")
                site.start("web", "ingest")

    site.start("web", "ingest", "beat")
    watch_all(site.url, study, acknowledged, kill_once)
    assert killed.is_set()
    Trial.objects.filter(state=WorkState.RUNNING).update(
        lease_until=timezone.now()
    )  # no need to wait a minute
    site.wait_for(all_tracks_joined)
    assert_in_raw_tracks(acknowledged)


@pytest.mark.long(40)
def test_a_build_whose_worker_is_killed_ends_once_with_the_same_products(site, study):
    site.start("web", "ingest", "beat")
    watch_all(site.url, study, {})
    site.wait_for(all_tracks_joined)
    recipe = recipe_freeze(name="default", document={})
    builds_request(study=study, recipe=recipe)
    site.start("build")

    def one_is_running():
        return Build.objects.filter(state=WorkState.RUNNING).first()

    site.wait_for(one_is_running)
    site.kill("build")
    # No need to wait for a lease or a hint to run out.
    Build.objects.filter(state=WorkState.RUNNING).update(lease_until=timezone.now())
    Build.objects.update(hinted_at=timezone.now() - LONG_AGO)
    site.start("build")
    site.wait_for(lambda: Build.objects.filter(state=WorkState.DONE).count() == CLIPS, within_s=120)
    first = set(Build.objects.values_list("fixations_sha256", "saliency_sha256"))
    assert all(blobs.exists("products", sha256) for pair in first for sha256 in pair)

    # The same builds from the beginning, undisturbed, make the same bytes.
    Build.objects.update(
        state=WorkState.WAITING,
        attempt=0,
        fixations_sha256="",
        saliency_sha256="",
        hinted_at=timezone.now() - LONG_AGO,
    )
    site.wait_for(lambda: Build.objects.filter(state=WorkState.DONE).count() == CLIPS, within_s=120)
    assert set(Build.objects.values_list("fixations_sha256", "saliency_sha256")) == first


def test_what_a_lost_broker_forgot_is_found_by_the_sweep(site, study, broker):
    site.start("web")
    watch_all(site.url, study, {})
    with redis.Redis.from_url(broker) as client:
        client.flushdb()
    # No need to wait the minute that a hint is trusted for.
    Trial.objects.update(hinted_at=timezone.now() - LONG_AGO)
    assert not Track.objects.exists()
    site.start("ingest", "beat")
    site.wait_for(all_tracks_joined)
    assert Stimulus.objects.count() == CLIPS


def test_a_hand_is_the_same_for_the_same_seed(study):
    sha256 = Stimulus.objects.get(name="kills-1").rendition.sha256
    first, second = Hands()(sha256, 7), Hands()(sha256, 7)
    assert isinstance(first, Hand)
    assert (first.x_px == second.x_px).all()
