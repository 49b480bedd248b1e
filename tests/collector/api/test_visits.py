import uuid

import pytest
from django.test import Client

from collector import tokens
from collector.models import Assignment, Observer, Trial, Verdict
from collector.selectors import tracks_with_grade
from collector.services import joining, visits
from tests.collector.world import chunks_of_a_steady_hand, open_study


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


@pytest.mark.parametrize("token", ["", "nonsense", tokens.sign_visit(uuid.uuid4()) + "x"])
def test_a_forged_token_opens_nothing(db, caller, token):
    answer = caller.call("POST", "visits/next-trial", token, {})
    assert answer.status == 401
    assert "message" in answer.json or "detail" in answer.json


def test_an_expired_token_says_so(visit, caller, monkeypatch):
    monkeypatch.setattr(tokens, "VISIT_HOURS", -1)
    answer = caller.call("POST", "visits/next-trial", visit, {})
    assert (answer.status, answer.json["code"]) == (401, "token_expired")


def test_a_token_of_a_removed_visit_says_that_it_is_gone(db, caller):
    answer = caller.call("GET", "visits/current", tokens.sign_visit(uuid.uuid4()))
    assert (answer.status, answer.json["code"]) == (410, "gone")


def test_a_clip_that_was_started_too_often_is_passed_over(visit, caller):
    trials = [caller.begin_next(visit)["trial"] for _ in range(4)]
    assert [(trial["position"], trial["attempt"]) for trial in trials] == [(1, 1), (1, 2), (1, 3), (2, 1)]


def test_a_clip_that_was_never_begun_uses_up_no_attempt(visit, caller):
    for _ in range(2):
        caller.begin_next(visit)
    waiting = [caller.next_trial(visit)["trial"] for _ in range(5)]
    assert {(trial["id"], trial["position"], trial["attempt"]) for trial in waiting} == {
        (waiting[0]["id"], 1, 3)
    }
    assert caller.put(waiting[-1], b'{"protocol": 1, "n": 0}').status == 200
    assert caller.next_trial(visit)["trial"]["position"] == 2


def test_a_trial_that_is_handed_out_again_is_opened_as_of_now(visit, caller):
    first = caller.next_trial(visit)["trial"]
    begun = Trial.objects.get().created_at
    again = caller.next_trial(visit)["trial"]
    assert again["id"] == first["id"]
    assert Trial.objects.get().created_at > begun


def test_a_trial_that_was_never_begun_does_not_hold_up_the_code(visit, caller):
    while (answer := caller.next_trial(visit))["state"] == "trial":
        trial = answer["trial"]
        chunks = chunks_of_a_steady_hand(trial)
        caller.finish(trial, len(chunks))
        assert caller.next_trial(visit)["trial"]["attempt"] == 2
        for chunk in chunks:  # they come when the second attempt is out already
            caller.put(trial, chunk)
    assert caller.call("POST", "visits/complete", visit, {}).status == 200


def test_no_code_without_one_clip_watched_to_its_end(visit, caller):
    while caller.begin_next(visit)["state"] == "trial":
        pass
    answer = caller.call("POST", "visits/complete", visit, {})
    assert (answer.status, answer.json["code"]) == (409, "nothing_watched")


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


def test_a_withdrawn_visit_is_shown_nothing_more_and_counts_for_nothing(visit, trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks))
    joining.track_join(trial["id"])
    assert tracks_with_grade().filter(grade="valid").count() == 1
    assert caller.call("POST", "visits/withdraw", visit, {}).json == {"next": "withdrawn"}
    assert caller.call("POST", "visits/next-trial", visit, {}).json["code"] == "wrong_step"
    assert Assignment.objects.get().step == "withdrawn"
    assert not tracks_with_grade().exists()


def test_a_made_up_observer_needs_a_pass_that_only_the_site_can_make(db):
    study, other = open_study("alps"), open_study("lakes")
    assert enter(study, simulated="1").status_code == 403
    assert enter(study, simulated=tokens.sign_simulation(study.slug)).status_code == 302
    assert enter(study, simulated=tokens.sign_simulation(other.slug)).status_code == 403
    assert enter(study).status_code == 302
    assert [observer.simulated for observer in Observer.objects.order_by("pk")] == [True, False]


def test_a_made_up_observer_in_a_real_study_has_no_virtual_clock(db, caller):
    study = open_study("alps")
    _, token = caller.enter(study)
    assert Trial.objects.get(pk=caller.next_trial(token)["trial"]["id"]).virtual_clock is False


def test_a_panel_member_who_comes_back_goes_on_with_the_same_visit(study):
    entry = {"PROLIFIC_PID": "5f3a", "STUDY_ID": "s", "SESSION_ID": "x"}
    first, _ = visits.visit_start(study=study, recruiter_parameters=entry, language="en")
    second, _ = visits.visit_start(study=study, recruiter_parameters=entry, language="en")
    assert first == second
    assert "5f3a" not in first.observer.panel_hash


def test_practice_comes_first_and_is_repeated_until_it_passes(db, caller):
    study = open_study("alps", simulated=True, practice=True)
    _, token = caller.enter(study)
    assert caller.next_trial(token)["trial"]["practice"]
    trial = caller.next_trial(token)["trial"]
    assert (trial["practice"], trial["attempt"]) == (True, 1)
    caller.put(trial, b'{"protocol": 1, "n": 0}')
    assert caller.finish(trial, 1).json["practice_passed"] is False
    trial = caller.next_trial(token)["trial"]
    assert (trial["practice"], trial["attempt"]) == (True, 2)
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    assert caller.finish(trial, len(chunks)).json["practice_passed"] is True
    assert caller.next_trial(token)["trial"]["practice"] is False


def enter(study, **parameters):
    return Client().get(f"/study/{study.slug}/", parameters)


def test_reports_have_an_end_and_nobody_is_told_to_try_again(visit, caller):
    answers = [caller.call("POST", "visits/problem", visit, {"text": "it jerks"}) for _ in range(21)]
    assert [answer.status for answer in answers] == [200] * 20 + [409]
    assert answers[-1].json["code"] == "problems_enough"
