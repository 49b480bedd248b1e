import pytest

from collector.errors import Refused
from collector.models import Observer, ProblemReport
from collector.services import studies, visits


def test_a_closed_study_lets_a_panel_member_go_on_and_nobody_new_in(study, caller):
    entry = {"PROLIFIC_PID": "5f3a", "STUDY_ID": "s", "SESSION_ID": "x"}
    begun, token = visits.visit_start(study=study, recruiter_parameters=entry, language="en")
    studies.study_close(study=study)
    assert visits.visit_start(study=study, recruiter_parameters=entry, language="en")[0] == begun
    caller.enrol(begun, token)
    assert caller.next_trial(token)["state"] == "trial"
    for stranger in ({"PROLIFIC_PID": "6a4b"}, {}):
        with pytest.raises(Refused, match="not open"):
            visits.visit_start(study=study, recruiter_parameters=stranger, language="en")
    assert Observer.objects.count() == 1


def test_withdrawing_twice_is_withdrawing_once_and_never_fails_for_its_words(visit, caller):
    for _ in range(visits.MAX_REPORTS - 1):
        caller.call("POST", "visits/problem", visit, {"text": "it jerks"})
    for _ in range(3):
        answer = caller.call("POST", "visits/withdraw", visit, {"reason": "I have to go"})
        assert answer.json == {"next": "withdrawn"}
    assert ProblemReport.objects.filter(page="withdraw").count() == 1


def test_who_has_reported_enough_may_still_withdraw(visit, caller):
    for _ in range(visits.MAX_REPORTS):
        caller.call("POST", "visits/problem", visit, {"text": "it jerks"})
    assert caller.call("POST", "visits/withdraw", visit, {"reason": "it jerks"}).json == {"next": "withdrawn"}
    assert ProblemReport.objects.count() == visits.MAX_REPORTS


def test_a_visit_that_ended_early_is_not_withdrawn_afterwards(visit, caller):
    caller.call("POST", "visits/exit", visit, {"reason": "touch"})
    answer = caller.call("POST", "visits/withdraw", visit, {})
    assert (answer.status, answer.json["code"]) == (409, "wrong_step")
