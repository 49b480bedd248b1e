import pytest

from collector.models import Trial
from collector.services import tracks, visits
from tests.collector.world import chunks_of_a_steady_hand, open_study


@pytest.fixture
def practising(db, caller):
    """The token of a visit that is about to practise."""
    study = open_study("alps", simulated=True, practice=True)
    assignment, token = visits.visit_start(
        study=study, recruiter_parameters={}, language="en", simulated=True
    )
    caller.enrol(assignment, token)
    return token


def send(caller, trial):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    return caller.finish(trial, len(chunks))


def test_a_practice_is_judged_once_however_often_its_end_is_said(practising, caller, monkeypatch):
    trial = caller.next_trial(practising)["trial"]
    caller.put(trial, b'{"protocol": 1, "n": 0}')
    assert caller.finish(trial, 1).json["practice_passed"] is False
    monkeypatch.setattr(tracks, "read_chunk", lambda _: pytest.fail("it was judged again"))
    assert caller.finish(trial, 1).json["practice_passed"] is False
    assert Trial.objects.get().practice_passed is False


def test_a_practice_that_is_too_large_is_not_judged_and_says_so(practising, caller, monkeypatch):
    trial = caller.next_trial(practising)["trial"]
    monkeypatch.setattr(tracks, "MAX_PRACTICE_BYTES", 1000)
    refused = send(caller, trial)
    assert (refused.status, refused.json["code"]) == (413, "practice_too_large")
    monkeypatch.undo()
    again = caller.next_trial(practising)["trial"]
    assert (again["practice"], again["attempt"]) == (True, 2)
    assert send(caller, again).json["practice_passed"] is True
