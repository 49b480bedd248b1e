import json
import random
import uuid

import pytest
from django.test import Client

from collector import tokens
from collector.models import Assignment, Observer, Track, TrackChunk, Trial, Verdict
from collector.protocol import MAX_BODY_BYTES
from collector.services import joining, trials, visits
from tests.collector.world import Caller, chunks_of_a_steady_hand, open_study


@pytest.fixture
def study(db):
    return open_study("gardens", simulated=True)


@pytest.fixture
def caller():
    return Caller()


@pytest.fixture
def visit(study, caller):
    assignment, token = visits.visit_start(
        study=study, recruiter_parameters={}, language="en", simulated=True
    )
    caller.enrol(assignment, token)
    return token


@pytest.fixture
def trial(visit, caller):
    return caller.next_trial(visit)["trial"]


def test_a_whole_visit_ends_with_a_code_and_one_valid_track_a_clip(visit, caller):
    while (answer := caller.next_trial(visit))["state"] == "trial":
        chunks = chunks_of_a_steady_hand(answer["trial"])
        for chunk in chunks:
            assert caller.put(answer["trial"], chunk).status == 200
        assert caller.finish(answer["trial"], len(chunks)).json["state"] == "finished"
        assert joining.track_join(answer["trial"]["id"]) is not None
    done = caller.call("POST", "visits/complete", visit, {})
    assert done.status == 200
    assert len(done.json["code"]) == 8
    assert caller.call("POST", "visits/complete", visit, {}).json["code"] == done.json["code"]
    assert [v.grade for v in Verdict.objects.all()] == ["valid"] * 3


def test_a_chunk_sent_twice_changes_nothing_and_is_answered_the_same(trial, caller):
    chunk = chunks_of_a_steady_hand(trial)[0]
    first, second = caller.put(trial, chunk), caller.put(trial, chunk)
    assert (first.status, first.json) == (second.status, second.json) == (200, {"n": 0, "stored": True, "missing": []})
    assert TrackChunk.objects.count() == 1


def test_other_contents_under_a_number_that_is_taken_are_refused(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    caller.put(trial, chunks[0])
    answer = caller.put(trial, chunks[1].model_copy(update={"n": 0}))
    assert (answer.status, answer.json["code"]) == (409, "chunk_conflict")


def test_chunks_out_of_order_give_the_same_track_as_in_order(visit, caller):
    files = []
    for order in (list, lambda chunks: random.Random(3).sample(chunks, len(chunks))):
        trial = caller.next_trial(visit)["trial"]
        chunks = chunks_of_a_steady_hand(trial)
        for chunk in order(chunks):
            assert caller.put(trial, chunk).status == 200
        caller.finish(trial, len(chunks))
        files.append(joining.track_join(trial["id"]))
    assert files[0].samples == files[1].samples
    assert [file.verdicts.first().grade for file in files] == ["valid", "valid"]


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


@pytest.mark.parametrize("token", ["", "nonsense", tokens.sign_visit(uuid.uuid4()) + "x"])
def test_a_forged_token_opens_nothing(db, caller, token):
    answer = caller.call("POST", "visits/next-trial", token, {})
    assert answer.status == 401
    assert "message" in answer.json or "detail" in answer.json


def test_a_visit_token_is_no_trial_token(visit, trial, caller):
    answer = caller.put(trial | {"token": visit}, chunks_of_a_steady_hand(trial)[0])
    assert answer.status == 401


def test_an_expired_token_says_so(visit, caller, monkeypatch):
    monkeypatch.setattr(tokens, "VISIT_HOURS", -1)
    answer = caller.call("POST", "visits/next-trial", visit, {})
    assert (answer.status, answer.json["code"]) == (401, "token_expired")


def test_a_token_of_a_removed_visit_says_that_it_is_gone(db, caller):
    answer = caller.call("GET", "visits/current", tokens.sign_visit(uuid.uuid4()))
    assert (answer.status, answer.json["code"]) == (410, "gone")


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


def test_a_clip_that_was_started_too_often_is_passed_over(visit, caller):
    positions = [caller.next_trial(visit)["trial"]["position"] for _ in range(4)]
    assert positions == [1, 1, 1, 2]


def test_no_code_without_one_clip_watched_to_its_end(visit, caller):
    while caller.next_trial(visit)["state"] == "trial":
        pass
    answer = caller.call("POST", "visits/complete", visit, {})
    assert (answer.status, answer.json["code"]) == (409, "nothing_watched")


def test_joining_twice_makes_one_track(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks))
    assert joining.track_join(trial["id"]) is not None
    assert joining.track_join(trial["id"]) is None
    assert (Track.objects.count(), Verdict.objects.count()) == (1, 1)


def test_a_real_study_rejects_a_recording_that_ended_before_the_clip_could(db, caller):
    study = open_study("alps")
    assignment, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    caller.enrol(assignment, token)
    trial = caller.next_trial(token)["trial"]
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks))
    reasons = joining.track_join(trial["id"]).verdicts.get().reasons
    assert [reason["code"] for reason in reasons] == ["faster_than_life"]


def test_declining_ends_the_visit_and_leaves_nothing_to_watch(study, caller):
    _, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    answer = caller.call("POST", "visits/consent", token, {"accepted": False, "text_version": "1"})
    assert answer.json == {"next": "declined"}
    assert caller.call("POST", "visits/next-trial", token, {}).json["code"] == "wrong_step"


def test_an_outdated_consent_text_must_be_read_again(study, caller):
    _, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    answer = caller.call("POST", "visits/consent", token, {"accepted": True, "text_version": "0"})
    assert (answer.status, answer.json["code"]) == (409, "consent_outdated")


def test_what_was_agreed_to_is_stored_with_its_hash(study, caller):
    assignment, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    body = {"accepted": True, "text_version": "1", "language": "zh-hans"}
    caller.call("POST", "visits/consent", token, body)
    assignment.refresh_from_db()
    assert assignment.consented_at
    assert len(assignment.consent_sha256) == 64
    assert assignment.language == "zh-hans"


def test_a_withdrawn_visit_takes_nothing_more_and_counts_for_nothing(visit, trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks))
    joining.track_join(trial["id"])
    assert caller.call("POST", "visits/withdraw", visit, {}).json == {"next": "withdrawn"}
    assert caller.call("POST", "visits/next-trial", visit, {}).json["code"] == "wrong_step"
    assert Assignment.objects.get().step == "withdrawn"


def enter(study, **parameters):
    return Client().get(f"/study/{study.slug}/", parameters)


def test_a_made_up_observer_needs_a_pass_that_only_the_site_can_make(db):
    study, other = open_study("alps"), open_study("lakes")
    assert enter(study, simulated="1").status_code == 403
    assert enter(study, simulated=tokens.sign_simulation(study.slug)).status_code == 302
    assert enter(study, simulated=tokens.sign_simulation(other.slug)).status_code == 403
    assert enter(study).status_code == 302
    assert [observer.simulated for observer in Observer.objects.order_by("pk")] == [True, False]


def test_a_made_up_observer_in_a_real_study_has_no_virtual_clock(db, caller):
    study = open_study("alps")
    assignment, token = visits.visit_start(
        study=study, recruiter_parameters={}, language="en", simulated=True
    )
    caller.enrol(assignment, token)
    assert Trial.objects.get(pk=caller.next_trial(token)["trial"]["id"]).virtual_clock is False


def test_a_panel_member_who_comes_back_goes_on_with_the_same_visit(study):
    entry = {"PROLIFIC_PID": "5f3a", "STUDY_ID": "s", "SESSION_ID": "x"}
    first, _ = visits.visit_start(study=study, recruiter_parameters=entry, language="en")
    second, _ = visits.visit_start(study=study, recruiter_parameters=entry, language="en")
    assert first == second
    assert "5f3a" not in first.observer.panel_hash


def test_stale_trials_are_given_up_by_the_sweep(trial, caller):
    Trial.objects.get(pk=trial["id"]).slot.assignment.slots.update(reserved_until="2020-01-01T00:00:00Z")
    assert trials.trials_abandon_stale() == 1
    assert Trial.objects.get(pk=trial["id"]).phase == Trial.Phase.ABANDONED


def test_practice_comes_first_and_is_repeated_until_it_passes(db, caller):
    study = open_study("alps", simulated=True, practice=True)
    assignment, token = visits.visit_start(
        study=study, recruiter_parameters={}, language="en", simulated=True
    )
    caller.enrol(assignment, token)
    trial = caller.next_trial(token)["trial"]
    assert trial["practice"]
    caller.put(trial, b'{"protocol": 1, "n": 0}')
    assert caller.finish(trial, 1).json["practice_passed"] is False
    trial = caller.next_trial(token)["trial"]
    assert (trial["practice"], trial["attempt"]) == (True, 2)
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    assert caller.finish(trial, len(chunks)).json["practice_passed"] is True
    assert caller.next_trial(token)["trial"]["practice"] is False
