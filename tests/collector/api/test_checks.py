import time

import pytest
from django.test import Client

from collector import tones
from collector.models import Assignment, SoundCheck
from collector.services import checks, visits
from tests.collector.world import open_study

Step = Assignment.Step


def enter(study, caller, simulated=False):
    """A visit that stands before the device check."""
    assignment, token = visits.visit_start(
        study=study, recruiter_parameters={}, language="en", simulated=simulated
    )
    caller.call("POST", "visits/consent", token, {"accepted": True, "text_version": "1"})
    return assignment, token


def listening_study(**checks):
    return open_study("alps", checks={"sound": "start", "sound_tries": 3} | checks)


@pytest.fixture
def entered(db, caller):
    return enter(listening_study(), caller)


def ask(caller, token):
    return caller.call("POST", "visits/sound-check", token, {})


def answer(caller, token, right=True):
    """Listen to new tones and answer; returns the site's answer."""
    check_id = ask(caller, token).json["id"]
    played = SoundCheck.objects.get(pk=check_id).tones
    count = played if right else played % 6 + 1
    return caller.call("POST", "visits/sound-check/answer", token, {"id": check_id, "count": count})


def hear(caller, token):
    """Count as many sequences right as the check asks for; returns the last answer."""
    return [answer(caller, token) for _ in range(tones.IN_A_ROW)][-1]


def pass_check(caller, token, **report):
    return caller.call("POST", "visits/checks", token, {"passed": True} | report)


def test_nobody_goes_on_who_has_not_counted_the_tones(entered, caller):
    _, token = entered
    refused = pass_check(caller, token)
    assert (refused.status, refused.json["code"]) == (409, "sound_unheard")
    assert answer(caller, token).json == {"right": True, "passed": False, "tries_left": 3}
    assert pass_check(caller, token).json["code"] == "sound_unheard"
    assert answer(caller, token).json == {"right": True, "passed": True, "tries_left": 3}
    assert pass_check(caller, token).json == {"next": "watch"}


def test_a_wrong_count_costs_a_try_and_the_last_one_ends_it(entered, caller):
    _, token = entered
    left = [answer(caller, token, right=False).json["tries_left"] for _ in range(3)]
    assert left == [2, 1, 0]
    over = ask(caller, token)
    assert (over.status, over.json["code"]) == (403, "sound_tries_over")


def test_right_answers_count_only_in_a_row(entered, caller):
    _, token = entered
    passed = [answer(caller, token, right=right).json["passed"] for right in (True, False, True, True)]
    assert passed == [False, False, False, True]


def test_tones_that_were_not_answered_are_asked_for_again(entered, caller):
    _, token = entered
    first, second = ask(caller, token).json, ask(caller, token).json
    assert first["id"] == second["id"]
    assert SoundCheck.objects.count() == 1


def test_each_check_takes_one_answer(entered, caller):
    _, token = entered
    check_id = ask(caller, token).json["id"]
    played = SoundCheck.objects.get().tones
    wrong, right = ({"id": check_id, "count": n} for n in (played % 6 + 1, played))
    path = "visits/sound-check/answer"
    first = caller.call("POST", path, token, wrong)
    assert caller.call("POST", path, token, wrong).json == first.json
    again = caller.call("POST", path, token, right)
    assert (again.status, again.json["code"]) == (409, "sound_check_answered")


def test_tones_of_another_visit_are_not_answered(entered, caller):
    study = entered[0].version.study
    _, other = enter(study, caller)
    check_id = ask(caller, entered[1]).json["id"]
    answered = caller.call("POST", "visits/sound-check/answer", other, {"id": check_id, "count": 1})
    assert (answered.status, answered.json["code"]) == (404, "sound_check_unknown")


def test_the_tones_are_played_from_a_signed_link_and_from_no_other(entered, caller):
    url = ask(caller, entered[1]).json["url"]
    served = Client().get(url)
    assert served["Content-Type"] == "audio/wav"
    assert served.content[:4] == b"RIFF"
    assert "no-store" in served["Cache-Control"]
    assert Client().get(url.replace(".wav", "x.wav")).status_code == 401
    SoundCheck.objects.all().delete()
    assert Client().get(url).status_code == 410


def test_the_number_of_tones_stands_in_no_answer_and_in_no_link(entered, caller):
    answer_keys = set(ask(caller, entered[1]).json)
    assert answer_keys == {"id", "url", "tries_left"}


def test_a_made_up_observer_needs_no_ears(db, caller):
    study = listening_study()
    _, token = enter(study, caller, simulated=True)
    assert pass_check(caller, token).json == {"next": "watch"}


def test_the_sound_is_checked_again_in_the_middle_of_the_batch_and_once(db, caller):
    study = open_study("alps", clips=4, checks={"sound": "start_and_middle"}, max_attempts=1)
    _, token = enter(study, caller)
    hear(caller, token)
    pass_check(caller, token)
    states = [caller.begin_next(token)["state"] for _ in range(3)]
    assert states == ["trial", "trial", "sound_check"]
    assert caller.next_trial(token)["state"] == "sound_check"
    assert hear(caller, token).json["passed"]
    states = [caller.begin_next(token)["state"] for _ in range(3)]
    assert states == ["trial", "trial", "finished"]


def test_who_hears_nothing_in_the_middle_is_told_and_can_leave_with_a_code(db, caller):
    study = open_study(
        "alps", clips=2, checks={"sound": "start_and_middle", "sound_tries": 1}, max_attempts=1
    )
    _, token = enter(study, caller)
    hear(caller, token)
    pass_check(caller, token)
    caller.begin_next(token)
    assert caller.next_trial(token)["state"] == "sound_check"
    assert answer(caller, token, right=False).json == {"right": False, "passed": False, "tries_left": 0}
    refused = caller.call("POST", "visits/next-trial", token, {})
    assert (refused.status, refused.json["code"]) == (403, "sound_tries_over")
    assert caller.call("POST", "visits/exit", token, {"reason": "sound_failed"}).json == {"next": "screened"}


def test_the_clock_probe_gives_back_the_pages_time_beside_the_sites(visit, caller):
    before = time.time_ns() // 1000
    clock = caller.call("POST", "visits/clock", visit, {"t_page_us": 123}).json
    assert clock["t_page_us"] == 123
    assert before <= clock["t_server_us"] <= time.time_ns() // 1000


def test_what_the_check_found_is_kept_and_told_to_the_player(db, caller):
    study = open_study("alps", viewing={"calibration": "required", "distance_cm": 55})
    assignment, token = enter(study, caller)
    assert pass_check(caller, token).json["code"] == "calibration_missing"
    environment = {
        "clock": {"offset_us": -5, "round_trip_us": 900},
        "calibration": {"px_per_deg": 41.5, "px_per_mm": 3.8, "device_pixel_ratio": 1.25},
        "browser": "Firefox",
    }
    report = {"renderer": "webgl2", "tier": "720p", "frame_rates": {"webgl2": 29.9}}
    assert pass_check(caller, token, environment=environment, **report).status == 200
    assignment.refresh_from_db()
    assert (assignment.renderer, assignment.tier, assignment.px_per_deg) == ("webgl2", "720p", 41.5)
    assert assignment.environment["clock"]["round_trip_us"] == 900
    trial = caller.next_trial(token)["trial"]
    assert (trial["renderer"], trial["px_per_deg"], trial["px_per_deg_dpr"]) == ("webgl2", 41.5, 1.25)
    assert trial["viewing"] == {"calibration": "required", "distance_cm": 55}


@pytest.mark.parametrize(
    "report",
    [
        {"renderer": "crayon"},
        {"tier": "8k"},
        {"environment": {"clock": {"offset_us": 0.5, "round_trip_us": 1}}},
        {"environment": {"calibration": {"px_per_deg": 0}}},
        {"environment": {"calibration": {"px_per_deg": 40, "device_pixel_ratio": 0}}},
        {"results": []},
    ],
)
def test_a_report_that_makes_no_sense_is_refused(entered, caller, report):
    assert pass_check(caller, entered[1], **report).status == 422


@pytest.mark.parametrize(
    "body",
    [
        b'{"passed": true, "results": {"rate": NaN}}',
        b'{"passed": true, "results": {"rate": 1e999}}',
        b'{"passed": true, "results": {"name": "\\u0000"}}',
        b'{"passed": true, "results": {"name": "\\ud800"}}',
        b'{"passed": true, "passed": false}',
        b'{"passed": true, "results": {"deep": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
        b'{"passed": true, "results": {"n": ' + b"9" * 10_000 + b"}}",
        b"\xff",
    ],
)
def test_json_that_no_database_can_hold_is_refused_before_it_gets_there(entered, caller, body):
    answer = caller.call("POST", "visits/checks", entered[1], body)
    assert (answer.status, answer.json["code"]) == (400, "bad_input")


def test_a_report_that_is_too_large_is_refused(entered, caller):
    large = pass_check(caller, entered[1], results={"pad": "x" * 20_000})
    assert (large.status, large.json["code"]) == (413, "check_too_large")


def test_the_check_may_be_tried_for_ever_but_does_not_fill_the_tables(db, caller, monkeypatch):
    monkeypatch.setattr(checks, "CHECKS_KEPT", 2)
    assignment, token = enter(open_study("alps"), caller)
    for _ in range(4):
        assert caller.call("POST", "visits/checks", token, {"passed": False}).json == {"next": "check"}
    assert assignment.checks.count() == 2
    assert pass_check(caller, token).json == {"next": "watch"}
