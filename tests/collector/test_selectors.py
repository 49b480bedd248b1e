import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collector.models import Observer, Rendition, Stimulus, Track, Verdict
from collector.selectors import study_coverage
from collector.services import joining, tracks, visits
from tests.collector.world import FRAMES, Caller, chunks_of_a_steady_hand, make_stimulus, open_study

pytestmark = pytest.mark.django_db


def begin(study):
    assignment, token = visits.visit_start(
        study=study, recruiter_parameters={}, language="en", simulated=True
    )
    Caller().enrol(assignment, token)
    return token


def watch_all(token):
    caller = Caller()
    while (answer := caller.next_trial(token))["state"] == "trial":
        chunks = chunks_of_a_steady_hand(answer["trial"])
        for chunk in chunks:
            caller.put(answer["trial"], chunk)
        caller.finish(answer["trial"], len(chunks))
        joining.track_join(answer["trial"]["id"])


def counts(study):
    return {
        row.stimulus.name: (row.valid, row.rejected, row.reserved) for row in study_coverage(study.version)
    }


def test_coverage_counts_observers_by_their_newest_verdict_and_those_who_are_inside():
    study = open_study("alps", simulated=True, clips=2)
    for _ in range(3):
        watch_all(begin(study))
    track = Track.objects.filter(trial__slot__stimulus__name="alps-0").first()
    tracks.verdict_add(track=track, grade=Verdict.Grade.REJECTED, reason="a copy", by="Ann")
    Caller().next_trial(begin(study))
    assert counts(study) == {"alps-0": (2, 1, 1), "alps-1": (3, 0, 1)}


def test_an_observer_with_two_tracks_of_a_clip_counts_once_and_one_who_withdrew_does_not():
    study = open_study("alps", simulated=True, clips=1)
    tokens = [begin(study) for _ in range(3)]
    for token in tokens:
        watch_all(token)
    first, second, third = Observer.objects.order_by("pk")
    second.assignments.update(observer=first)
    visits.visit_withdraw(assignment=third.assignments.get())
    assert counts(study) == {"alps-0": (1, 0, 0)}


def test_coverage_reads_no_row_for_each_track():
    study = open_study("alps", simulated=True, clips=2)
    watch_all(begin(study))
    watch_all(begin(study))
    version = study.version
    with CaptureQueriesContext(connection) as queries:
        study_coverage(version)
    assert len(queries) <= 4
    assert [query for query in queries if "collector_verdict" in query["sql"] and "GROUP BY" in query["sql"]]


def test_the_time_left_is_told_in_as_many_queries_for_many_clips_as_for_few():
    seen = []
    for slug, clips in (("few", 3), ("many", 12)):
        token = begin(open_study(slug, simulated=True, clips=clips, pause_between_s=30))
        Caller().next_trial(token)  # the places are reserved once
        with CaptureQueriesContext(connection) as queries:
            trial = Caller().next_trial(token)["trial"]
        assert trial["minutes_left"] == pytest.approx(clips * (FRAMES / 30 + 30 + 0.8 + 6) / 60, abs=0.05)
        seen.append(len(queries))
    assert seen[0] == seen[1]


def test_the_time_left_is_that_of_the_newest_reference():
    token = begin(open_study("alps", simulated=True, clips=1))
    make_stimulus("longer")
    newer = Rendition.objects.filter(stimulus__name="longer")
    newer.update(stimulus=Stimulus.objects.get(name="alps-0"), frames=54 * 30)
    assert Caller().next_trial(token)["trial"]["minutes_left"] == 1.0
