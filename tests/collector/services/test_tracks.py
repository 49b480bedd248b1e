import pytest

from collector.models import Trial
from collector.services import tracks


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
    refused = caller.watch(trial)
    assert (refused.status, refused.json["code"]) == (413, "practice_too_large")
    monkeypatch.undo()
    again = caller.next_trial(practising)["trial"]
    assert (again["practice"], again["attempt"]) == (True, 2)
    assert caller.watch(again).json["practice_passed"] is True
