import pytest
from django.urls import reverse

from collector.models import Likeness, Suspicion, Track, Verdict
from collector.services import joining
from collector.work import WorkState
from tests.collector.world import chunks_of_a_steady_hand

REASON = {"code": "too_smooth", "strength": 0.9, "seen": {}, "sentence": "no tremor at all"}
LIST = "admin:collector_track_changelist"


@pytest.fixture
def tracks(visit, caller):
    """Three tracks: forged, alike the forged one, never looked at."""
    made = []
    for _ in range(3):
        trial = caller.next_trial(visit)["trial"]
        chunks = chunks_of_a_steady_hand(trial)
        for chunk in chunks:
            caller.put(trial, chunk)
        caller.finish(trial, len(chunks))
        made.append(joining.track_join(trial["id"]))
    forged, alike, _ = made
    Suspicion.objects.filter(track=forged).update(score=0.9, reasons=[REASON], state=WorkState.DONE)
    Suspicion.objects.filter(track=alike).update(score=0.6, state=WorkState.DONE)
    Likeness.objects.create(
        track=alike,
        other=forged,
        strength=0.6,
        found={
            "shift_s": 1.2,
            "mirrored": "x",
            "reversed": False,
            "distance_share": 0.002,
            "time_share": 0.97,
        },
        rules_fingerprint="f",
    )
    return made


def shown(client, **query):
    return [row.pk for row in client.get(reverse(LIST), query).context["cl"].result_list]


@pytest.mark.parametrize(("band", "which"), [("high", [0]), ("middle", [1]), ("low", []), ("none", [2])])
def test_tracks_are_filtered_by_suspicion(admin_client, tracks, band, which):
    assert shown(admin_client, suspicion=band) == [tracks[n].pk for n in which]


def test_the_most_suspicious_come_first_and_the_unknown_last(admin_client, tracks):
    column = 3
    assert shown(admin_client, o=str(column)) == [track.pk for track in tracks]


def test_a_track_says_in_words_why_it_is_doubted(admin_client, tracks):
    page = admin_client.get(reverse("admin:collector_track_change", args=[tracks[0].pk])).content.decode()
    assert "no tremor at all" in page
    assert "97% of the motion" in page
    assert "mirrored in x" in page
    assert reverse("admin:collector_track_change", args=[tracks[1].pk]) in page


def test_looking_again_puts_the_tracks_in_line(admin_client, tracks):
    answer = admin_client.post(
        reverse(LIST), {"action": "look_again", "_selected_action": [tracks[0].pk, tracks[1].pk]}, follow=True
    )
    assert "2 tracks will be looked at again" in answer.content.decode()
    assert set(Suspicion.objects.values_list("state", flat=True)) == {WorkState.WAITING}


def test_a_restored_file_is_compared_again(admin_client, tracks):
    Track.objects.filter(pk=tracks[0].pk).update(damage="the file is missing")
    data = {"action": "compare_again", "_selected_action": [track.pk for track in tracks]}
    answer = admin_client.post(reverse(LIST), data, follow=True)
    assert "1 damaged tracks will be compared again" in answer.content.decode()
    assert not Track.objects.exclude(damage="").exists()


def test_a_person_decides_and_the_doubt_stays(admin_client, tracks):
    data = {"action": "reject", "_selected_action": [tracks[0].pk]}
    admin_client.post(reverse(LIST), data)
    assert tracks[0].verdicts.first().grade == Verdict.Grade.REJECTED
    assert Suspicion.objects.get(track=tracks[0]).score == 0.9
