import json
import random
from datetime import timedelta

import pytest
from django.utils import timezone

from collector.models import Slot, Track, TrackChunk, Trial, Verdict
from collector.protocol import MAX_BODY_BYTES
from collector.services import joining, trials, visits
from collector.tokens import TRIAL_HOURS
from collector.tracks.columns import first_difference
from collector.tracks.file import fetch_columns
from tests.collector.world import chunks_of_a_steady_hand, open_study


def test_a_chunk_sent_twice_changes_nothing_and_is_answered_the_same(trial, caller):
    chunk = chunks_of_a_steady_hand(trial)[0]
    first, second = caller.put(trial, chunk), caller.put(trial, chunk)
    assert (
        (first.status, first.json)
        == (second.status, second.json)
        == (200, {"n": 0, "stored": True, "missing": []})
    )
    assert TrackChunk.objects.count() == 1


def test_other_contents_under_a_number_that_is_taken_are_refused(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    caller.put(trial, chunks[0])
    answer = caller.put(trial, chunks[1].model_copy(update={"n": 0}))
    assert (answer.status, answer.json["code"]) == (409, "chunk_conflict")


def recorded(track):
    """What the hand did; when each chunk arrived is kept as well, and differs."""
    _, columns = fetch_columns(track.sha256)
    return {name: column for name, column in columns.items() if not name.startswith("chunks.")}


def test_chunks_out_of_order_give_the_same_track_as_in_order(visit, caller):
    tracks = []
    for order in (list, lambda chunks: random.Random(3).sample(chunks, len(chunks))):
        trial = caller.next_trial(visit)["trial"]
        chunks = chunks_of_a_steady_hand(trial)
        for chunk in order(chunks):
            assert caller.put(trial, chunk).status == 200
        caller.finish(trial, len(chunks))
        tracks.append(joining.track_join(trial["id"]))
    in_order, out_of_order = (recorded(track) for track in tracks)
    assert len(in_order["samples.t_us"]) > 0
    assert first_difference(in_order, out_of_order) is None
    assert [track.verdicts.first().grade for track in tracks] == ["valid", "valid"]


def test_a_missing_chunk_is_asked_for_and_no_code_is_given_before_it_is_here(visit, trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks[:2] + chunks[3:]:
        caller.put(trial, chunk)
    answer = caller.finish(trial, len(chunks)).json
    assert (answer["state"], answer["missing"]) == ("missing", [2])
    refused = caller.call("POST", "visits/complete", visit, {})
    assert (refused.status, refused.json["code"]) == (409, "not_stored")
    assert refused.json["waiting"] == [trial["id"]]
    assert caller.put(trial, chunks[2]).status == 200
    assert caller.finish(trial, len(chunks)).json["state"] == "finished"
    assert Trial.objects.get(pk=trial["id"]).phase == Trial.Phase.FINISHED


def test_after_the_finish_only_missing_numbers_are_taken(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks[:-1]:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks) - 1)
    late = caller.put(trial, chunks[-1])
    assert (late.status, late.json["code"]) == (409, "after_finish")
    assert caller.put(trial, chunks[0]).status == 200  # a repeat is still answered as before


def test_a_chunk_that_is_too_large_is_refused_by_its_size(trial, caller):
    body = json.dumps({"protocol": 1, "n": 0, "pad": "x" * MAX_BODY_BYTES}).encode()
    answer = caller.call("PUT", f"trials/{trial['id']}/chunks/0", trial["token"], body)
    assert (answer.status, answer.json["code"]) == (413, "chunk_too_large")


def test_a_chunk_for_another_observers_trial_is_refused(study, visit, trial, caller):
    other, token = visits.visit_start(study=study, recruiter_parameters={}, language="en", simulated=True)
    caller.enrol(other, token)
    theirs = caller.next_trial(token)["trial"]
    chunk = chunks_of_a_steady_hand(theirs)[0]
    answer = caller.put(theirs | {"token": trial["token"]}, chunk)
    assert (answer.status, answer.json["code"]) == (401, "token_invalid")
    assert not TrackChunk.objects.exists()


def test_a_visit_token_is_no_trial_token(visit, trial, caller):
    answer = caller.put(trial | {"token": visit}, chunks_of_a_steady_hand(trial)[0])
    assert answer.status == 401


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"chunks": 0, "outcome": "complete"}', b'{"chunks": "2"}']
)
def test_a_finish_that_makes_no_sense_is_refused_in_words(trial, caller, body):
    answer = caller.call("POST", f"trials/{trial['id']}/finish", trial["token"], body)
    assert answer.status in (400, 422)


def test_a_finish_that_contradicts_what_is_here_is_refused(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    assert caller.finish(trial, 1).json["code"] == "finish_conflict"
    assert caller.finish(trial, len(chunks)).status == 200
    assert caller.finish(trial, len(chunks) + 1).json["code"] == "finish_conflict"


def test_a_reloaded_page_gets_the_same_clip_again_as_the_next_attempt(visit, trial, caller):
    caller.put(trial, chunks_of_a_steady_hand(trial)[0])
    again = caller.next_trial(visit)["trial"]
    assert (again["position"], again["attempt"]) == (trial["position"], 2)
    assert Trial.objects.get(pk=trial["id"]).phase == Trial.Phase.INTERRUPTED
    assert caller.put(trial, chunks_of_a_steady_hand(trial)[1]).json["code"] == "after_finish"


def test_an_interrupted_clip_is_kept_raw_but_does_not_count(visit, trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks), outcome="interrupted")
    track = joining.track_join(trial["id"])
    verdict = track.verdicts.get()
    assert verdict.grade == "rejected"
    assert [reason["code"] for reason in verdict.reasons] == ["interrupted"]


def test_joining_twice_makes_one_track(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks))
    assert joining.track_join(trial["id"]) is not None
    assert joining.track_join(trial["id"]) is None
    assert (Track.objects.count(), Verdict.objects.count()) == (1, 1)


def test_a_recording_that_ended_before_the_clip_could_is_not_rejected_for_that(db, caller):
    study = open_study("alps")
    assignment, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    caller.enrol(assignment, token)
    trial = caller.next_trial(token)["trial"]
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks))
    reasons = joining.track_join(trial["id"]).verdicts.get().reasons
    assert reasons == []


def test_stale_trials_are_given_up_by_the_sweep(trial, caller):
    Trial.objects.get(pk=trial["id"]).slot.assignment.slots.update(reserved_until="2020-01-01T00:00:00Z")
    assert trials.trials_abandon_stale() == 1
    assert Trial.objects.get(pk=trial["id"]).phase == Trial.Phase.ABANDONED


def test_a_browser_that_was_offline_for_a_night_may_still_deliver(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    caller.put(trial, chunks[0])
    Slot.objects.update(reserved_until="2020-01-01T00:00:00Z")
    trials.trials_abandon_stale()
    for chunk in chunks[1:]:
        assert caller.put(trial, chunk).status == 200
    assert caller.finish(trial, len(chunks)).json["state"] == "finished"
    assert Trial.objects.get(pk=trial["id"]).phase == Trial.Phase.FINISHED


def test_the_last_missing_part_finishes_a_recording_that_was_given_up_meanwhile(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks[:-1]:
        caller.put(trial, chunk)
    assert caller.finish(trial, len(chunks)).json["missing"] == [len(chunks) - 1]
    Slot.objects.update(reserved_until="2020-01-01T00:00:00Z")
    trials.trials_abandon_stale()
    assert caller.put(trial, chunks[-1]).json["missing"] == []
    assert Trial.objects.get(pk=trial["id"]).phase == Trial.Phase.FINISHED


def test_what_arrived_of_a_recording_that_never_ended_becomes_a_track_once_no_token_opens_it(trial, caller):
    caller.put(trial, chunks_of_a_steady_hand(trial)[0])
    Slot.objects.update(reserved_until="2020-01-01T00:00:00Z")
    trials.trials_abandon_stale()
    trials.trials_close_abandoned()
    assert joining.track_join(trial["id"]) is None
    Trial.objects.update(created_at=timezone.now() - timedelta(hours=TRIAL_HOURS, minutes=1))
    assert trials.trials_close_abandoned() == 1
    track = joining.track_join(trial["id"])
    assert [reason["code"] for reason in track.verdicts.get().reasons][-1] == "interrupted"


def test_after_the_end_was_announced_each_part_says_what_is_still_missing(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    caller.finish(trial, len(chunks))
    missing = [caller.put(trial, chunk).json["missing"] for chunk in chunks]
    assert missing == [list(range(n + 1, len(chunks))) for n in range(len(chunks))]


def test_the_summary_is_kept_as_the_page_counted_it_and_no_word_more(trial, caller):
    path = f"trials/{trial['id']}/finish"
    summary = {"samples": 12, "renderer": "2d", "blur_sigma_px": 25.6}
    body = {"chunks": 1, "outcome": "complete", "summary": summary}
    wrong = body | {"summary": summary | {"mood": "good"}}
    assert caller.call("POST", path, trial["token"], wrong).status == 422
    assert caller.call("POST", path, trial["token"], body).status == 200
    assert Trial.objects.get(pk=trial["id"]).summary == summary
