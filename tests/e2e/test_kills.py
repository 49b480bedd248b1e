"""kill -9 in the middle: every acknowledged chunk is in a raw track, every build ends once."""

import datetime as dt
import threading
from collections import Counter
from fractions import Fraction

import pytest
import redis
from django.utils import timezone

from collector import blobs
from collector.models import Stimulus, Track, TrackChunk, Trial
from collector.services import studies
from collector.simulation.client import SimulatedObserver
from collector.simulation.hands import Hands
from collector.study_document import StudyDocument
from collector.tracks.file import read_columns
from collector.work import WorkState
from processing.synthetic import Hand
from webapp.datasets.models import Build
from webapp.datasets.services import builds_request, recipe_freeze
from webapp.plans.demonstration import synthetic_stimulus

OBSERVERS = 4
CLIPS = 2


class Remembering(SimulatedObserver):
    """Keeps what the server acknowledged, and lets the test step in between two chunks."""

    def __init__(self, *args, acknowledged, after_chunk, **kwargs):
        super().__init__(*args, **kwargs)
        self.acknowledged = acknowledged
        self.after_chunk = after_chunk

    def _call(self, method, path, token, **body):
        answer = super()._call(method, path, token, **body)
        if method == "PUT":
            trial_id = path.split("/")[1]
            self.acknowledged[trial_id, answer["n"]] = body["content"]
            self.after_chunk()
        return answer


@pytest.fixture
def study(transactional_db):
    study = studies.study_create(slug="kills", title="Kills", simulated=True)
    clips = [
        synthetic_stimulus(f"kills-{n}", seed=n, fps=Fraction(25), seconds=4) for n in range(1, CLIPS + 1)
    ]
    document = StudyDocument(title="Kills", target_observers=OBSERVERS)
    studies.study_version_freeze(study=study, document=document, stimuli=clips)
    studies.study_open(study=study)
    return study


def watch_all(site, study, acknowledged, after_chunk=lambda: None):
    """All observers walk at once; returns when all have their code."""
    hands, ended = Hands(), []

    def walk(seed):
        observer = Remembering(
            site.url, study.slug, hands, seed=seed, pace="fast",
            acknowledged=acknowledged, after_chunk=after_chunk,
        )  # fmt: skip
        ended.append(observer.walk().code)

    threads = [threading.Thread(target=walk, args=(seed,)) for seed in range(OBSERVERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == OBSERVERS


def all_tracks_joined():
    return Track.objects.count() == OBSERVERS * CLIPS


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
    watch_all(site, study, acknowledged, kill_once)
    assert killed.is_set()
    Trial.objects.filter(state=WorkState.RUNNING).update(
        lease_until=timezone.now()
    )  # no need to wait a minute
    site.wait_for(all_tracks_joined)
    stored = {(str(c.trial_id), c.number): bytes(c.body) for c in TrackChunk.objects.all()}
    assert acknowledged.items() <= stored.items()
    assert Counter(track.trial_id for track in Track.objects.all()).most_common(1)[0][1] == 1
    for track in Track.objects.select_related("trial"):
        with blobs.open_blob("tracks", track.sha256) as file:
            header, columns = read_columns(file.read())
        assert header["trial"] == str(track.trial_id)
        assert len(columns["samples.t_us"]) == track.samples > 0


def test_a_build_whose_worker_is_killed_ends_once_with_the_same_products(site, study):
    site.start("web", "ingest", "beat")
    watch_all(site, study, {})
    site.wait_for(all_tracks_joined)
    recipe = recipe_freeze(name="default", document={})
    builds_request(study=study, recipe=recipe)
    site.start("build")

    def one_is_running():
        return Build.objects.filter(state=WorkState.RUNNING).first()

    site.wait_for(one_is_running)
    site.kill("build")
    Build.objects.filter(state=WorkState.RUNNING).update(lease_until=timezone.now())
    site.start("build")
    site.wait_for(lambda: Build.objects.filter(state=WorkState.DONE).count() == CLIPS, within_s=120)
    first = set(Build.objects.values_list("fixations_sha256", "saliency_sha256"))
    assert all(blobs.exists("products", sha256) for pair in first for sha256 in pair)

    # The same builds from the beginning, undisturbed, make the same bytes.
    Build.objects.update(state=WorkState.WAITING, attempt=0, fixations_sha256="", saliency_sha256="")
    site.wait_for(lambda: Build.objects.filter(state=WorkState.DONE).count() == CLIPS, within_s=120)
    assert set(Build.objects.values_list("fixations_sha256", "saliency_sha256")) == first


def test_what_a_lost_broker_forgot_is_found_by_the_sweep(site, study, broker):
    site.start("web")
    watch_all(site, study, {})
    with redis.Redis.from_url(broker) as client:
        client.flushdb()
    an_hour_ago = timezone.now() - dt.timedelta(hours=1)
    Trial.objects.update(hinted_at=an_hour_ago)  # no need to wait the minute that a hint is trusted for
    assert not Track.objects.exists()
    site.start("ingest", "beat")
    site.wait_for(all_tracks_joined)
    assert Stimulus.objects.count() == CLIPS


def test_a_hand_is_the_same_for_the_same_seed(study):
    sha256 = Stimulus.objects.get(name="kills-1").rendition.sha256
    first, second = Hands()(sha256, 7), Hands()(sha256, 7)
    assert isinstance(first, Hand)
    assert (first.x_px == second.x_px).all()
