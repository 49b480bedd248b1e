from fractions import Fraction

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collector import blobs, work
from collector.models import Likeness, Rendition, Suspicion, Track, Verdict
from collector.services import doubts, joining, suspicions, visits
from collector.simulation.recording import Window, record
from collector.tasks import track_examine, track_join
from processing.synthetic import Hand, SyntheticClip, simulate_hand, watch
from tests.collector.world import Caller, open_study

FRAMES = 300
CLIP = SyntheticClip(1, 640, 360, Fraction(30), FRAMES)
END_US = 11_000_000


@pytest.fixture
def caller(db):
    return Caller()


def honest(seed):
    return simulate_hand(watch(CLIP, seed=seed), seed=seed, width=640, height=360, end_us=END_US)


def mirrored(hand):
    return Hand(hand.t_us, 640 - hand.x_px, hand.y_px)


def circling():
    times = np.cumsum(np.random.default_rng(3).integers(7_000, 9_000, 1300))
    return Hand(times, 320 + 150 * np.cos(times / 1e6), 180 + 100 * np.sin(times / 1e6))


class Panel:
    """A study of one long clip, and observers who come with a hand."""

    def __init__(self, caller, *, simulated):
        self.caller, self.simulated = caller, simulated
        self.study = open_study("dunes", simulated=simulated, clips=1)
        Rendition.objects.update(frames=FRAMES)

    def watches(self, hand):
        """One more observer; the track that is left of them."""
        assignment, token = visits.visit_start(
            study=self.study, recruiter_parameters={}, language="en", simulated=self.simulated
        )
        self.caller.enrol(assignment, token)
        trial = self.caller.next_trial(token)["trial"]
        chunks = record(
            hand,
            fps=Fraction(trial["fps"]),
            frames=trial["frames"],
            width=trial["width"],
            height=trial["height"],
            hold_after_end_s=trial["hold_after_end_s"],
            chunk_interval_ms=2000,
            window=Window(1280, 720),
            t_start_us=3_000_000,
        )
        for chunk in chunks:
            assert self.caller.put(trial, chunk).status == 200
        assert self.caller.finish(trial, len(chunks)).status == 200
        return joining.track_join(trial["id"])


@pytest.fixture
def panel(caller):
    return Panel(caller, simulated=True)


def examined(track):
    return suspicions.track_examine(track.suspicion.pk)


def test_honest_observers_have_low_scores(panel):
    tracks = [panel.watches(honest(seed)) for seed in range(5)]
    assert all(examined(track).score < 0.2 for track in tracks)
    assert not Likeness.objects.exists()


def test_a_drawn_path_is_doubted_and_still_valid(panel):
    track = panel.watches(circling())
    found = examined(track)
    assert found.score > 0.5
    assert found.reasons[0]["code"] == "too_smooth"
    assert found.rules_fingerprint == suspicions.RULES.fingerprint()
    assert [verdict.grade for verdict in track.verdicts.all()] == [Verdict.Grade.VALID]


def test_a_copy_raises_the_doubt_about_both_whichever_is_looked_at_first(panel):
    first, second = panel.watches(honest(1)), panel.watches(mirrored(honest(1)))
    others = [panel.watches(honest(seed)) for seed in (2, 3)]
    for track in (second, others[0], first, others[1]):
        examined(track)
    likeness = Likeness.objects.get()
    assert (likeness.track, likeness.other) == (second, first)
    assert likeness.found["mirrored"] == "x"
    scores = dict(Suspicion.objects.values_list("track_id", "score"))
    assert min(scores[first.pk], scores[second.pk]) > 0.5
    assert max(scores[track.pk] for track in others) < 0.2


def test_looking_twice_finds_the_same_once(panel):
    tracks = [panel.watches(honest(1)), panel.watches(honest(1))]
    for track in tracks:
        track_examine(track.suspicion.pk)
        track_examine(track.suspicion.pk)
    before = list(Suspicion.objects.order_by("pk").values_list("score", "reasons"))
    assert doubts.suspicions_renew(tracks=tracks) == 2
    for track in tracks:
        track_examine(track.suspicion.pk)
    assert Likeness.objects.count() == 1
    assert list(Suspicion.objects.order_by("pk").values_list("score", "reasons")) == before


def test_an_upload_faster_than_life_is_doubted_and_not_rejected(caller):
    track = Panel(caller, simulated=False).watches(honest(1))
    found = examined(track)
    assert [reason["code"] for reason in found.reasons] == ["uploaded_early"]
    assert found.score > 0.5
    assert track.verdicts.get().grade == Verdict.Grade.VALID


def test_a_simulation_may_be_faster_than_life(panel):
    assert examined(panel.watches(honest(1))).reasons == []


def test_a_lost_file_is_tried_again_and_then_says_so(panel):
    track = panel.watches(honest(1))
    Track.objects.filter(pk=track.pk).update(sha256="f" * 64)
    for _ in range(work.MAX_ATTEMPTS):
        with pytest.raises(FileNotFoundError):
            examined(track)
    row = Suspicion.objects.get()
    assert row.state == work.WorkState.FAILED
    assert "FileNotFoundError" in row.last_error


def test_a_store_that_is_away_is_waited_for_however_long_it_takes(panel, monkeypatch):
    def away(*_):
        raise blobs.StoreAway("the store is out of reach")

    track = panel.watches(honest(1))
    monkeypatch.setattr(blobs, "fetch", away)
    for _ in range(2 * work.MAX_ATTEMPTS):
        with pytest.raises(blobs.StoreAway):
            examined(track)
    row = Suspicion.objects.get()
    assert (row.state, row.attempt) == (work.WorkState.WAITING, 0)
    assert "out of reach" in row.last_error
    monkeypatch.undo()
    assert examined(track).state == work.WorkState.DONE


def test_all_that_a_copy_concerns_is_locked_in_one_order_before_any_of_it_is_written(panel):
    tracks = [panel.watches(honest(1)), panel.watches(honest(1))]
    examined(tracks[0])
    with CaptureQueriesContext(connection) as queries:
        examined(tracks[1])
    about = [query["sql"] for query in queries if "collector_suspicion" in query["sql"]]
    lock = next(n for n, sql in enumerate(about) if sql.endswith("FOR UPDATE"))
    assert 'ORDER BY "collector_suspicion"."id"' in about[lock]
    assert all(str(track.pk) in about[lock] for track in tracks)
    assert not [sql for sql in about[:lock] if sql.startswith("UPDATE") and "'done'" in sql]


def test_joining_puts_the_look_in_line(panel, broker, django_capture_on_commit_callbacks):
    track = panel.watches(honest(1))
    with django_capture_on_commit_callbacks(execute=True):
        assert Suspicion.enqueue_due() == 1
    assert track.suspicion.state == work.WorkState.WAITING
    track_join(str(track.trial_id))  # nothing is left to join, so nothing more is put in line
    assert Suspicion.objects.count() == 1
