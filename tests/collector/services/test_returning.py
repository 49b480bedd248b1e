import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from collector.models import Assignment, Slot, Trial
from collector.selectors import tracks_with_grade
from collector.services import joining, visits
from collector.services.returning import seconds_left, visits_close_expired
from collector.tokens import sign_trial
from tests.collector.world import Caller, chunks_of_a_steady_hand, open_study

pytestmark = pytest.mark.django_db

Step = Assignment.Step


def watching(policy, **document):
    """A visit in which one clip was finished and the second one is running."""
    study = open_study(policy, resume={"policy": policy, "max_age_hours": 5}, simulated=True, **document)
    caller = Caller()
    assignment, token = caller.enter(study)
    trial = caller.next_trial(token)["trial"]
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks))
    caller.next_trial(token)
    return caller, assignment, token


def open_page(assignment, token):
    answer = Client().get(f"/visit/{token}/")
    assignment.refresh_from_db()
    return answer


def test_resume_goes_on_at_the_next_clip():
    caller, assignment, token = watching("resume")
    open_page(assignment, token)
    assert assignment.step == Step.WATCH
    assert caller.next_trial(token)["trial"]["position"] == 2


def test_restart_begins_again_with_the_checks_and_shows_what_is_left():
    caller, assignment, token = watching("restart")
    for _ in range(2):  # opening the page of the check again does no harm
        open_page(assignment, token)
        assert assignment.step == Step.CHECK
    caller.call("POST", "visits/checks", token, {"passed": True})
    open_page(assignment, token)
    assert assignment.step == Step.WATCH
    assert caller.next_trial(token)["trial"]["position"] == 2
    open_page(assignment, token)
    assert assignment.step == Step.CHECK


def test_block_ends_the_visit_with_a_page_and_a_code():
    caller, assignment, token = watching("block")
    page = open_page(assignment, token)
    assert (page.status_code, assignment.step, assignment.exit_reason) == (200, Step.CLOSED, "visit_blocked")
    assert len(assignment.exit_code) == 8
    assert caller.call("POST", "visits/next-trial", token, {}).json["code"] == "wrong_step"


@pytest.mark.parametrize(("policy", "offered"), [("resume", True), ("restart", False), ("block", False)])
def test_the_language_is_offered_in_the_middle_of_the_clips_where_loading_the_page_again_costs_nothing(
    policy, offered
):
    study = open_study("alps", resume={"policy": policy})
    assignment, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    assert "?lang=" in open_page(assignment, token).content.decode()
    Assignment.objects.update(step=Step.WATCH)
    assert ("?lang=" in open_page(assignment, token).content.decode()) is offered


@pytest.mark.parametrize("policy", ["restart", "block"])
def test_before_the_first_trial_the_page_may_be_opened_again(policy):
    study = open_study("alps", resume={"policy": policy})
    assignment, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    for _ in range(2):
        open_page(assignment, token)
        assert assignment.step == Step.CONSENT
    Caller().enrol(assignment, token)
    for _ in range(2):
        open_page(assignment, token)
        assert assignment.step == Step.WATCH


def test_a_visit_that_is_too_old_is_closed_with_words():
    _, assignment, token = watching("resume")
    Assignment.objects.update(created_at=timezone.now() - dt.timedelta(hours=5, minutes=1))
    page = open_page(assignment, token)
    assert (assignment.step, assignment.exit_reason) == (Step.CLOSED, "visit_expired")
    assert b"too long ago" in page.content


@pytest.mark.parametrize("step", Assignment.OVER)
def test_the_last_page_of_a_visit_opens_however_old_it_is(step):
    _, assignment, token = watching("block")
    long_ago = timezone.now() - dt.timedelta(days=6)
    Assignment.objects.update(step=step, created_at=long_ago, completion_code="AB12CD34")
    page = open_page(assignment, token)
    assert (page.status_code, assignment.step) == (200, step)


def test_a_panel_member_who_enters_again_meets_the_same_policy():
    study = open_study("alps", resume={"policy": "block"})
    link = "/study/alps/?PROLIFIC_PID=5f3a"
    browser, caller = Client(), Caller()
    token = browser.get(link)["location"].rstrip("/").rsplit("/", 1)[-1]
    assignment = Assignment.objects.get(observer__study=study)
    caller.enrol(assignment, token)
    caller.next_trial(token)
    browser.get(link, follow=True)
    assignment.refresh_from_db()
    assert (assignment.step, Assignment.objects.count()) == (Step.CLOSED, 1)


def test_parts_of_a_recording_are_still_taken_after_the_visit_was_blocked():
    caller, assignment, token = watching("block")
    _, running = Trial.objects.order_by("created_at")
    open_page(assignment, token)
    trial = {"id": str(running.pk), "token": sign_trial(running.pk)}
    assert caller.put(trial, b'{"protocol": 1, "n": 0}').status == 200


def test_a_visit_can_be_gone_on_with_for_as_long_as_the_study_says():
    _, assignment, _ = watching("resume")
    assert 5 * 3600 - 60 < seconds_left(assignment) <= 5 * 3600
    assignment.created_at = timezone.now() - dt.timedelta(hours=5)
    assert seconds_left(assignment) == 0


def make_too_old():
    Assignment.objects.update(created_at=timezone.now() - dt.timedelta(hours=5, minutes=1))


def test_a_page_that_stayed_open_gets_no_clip_for_a_visit_that_is_too_old():
    caller, assignment, token = watching("resume")
    make_too_old()
    answer = caller.call("POST", "visits/next-trial", token, {})
    assert (answer.status, answer.json["code"]) == (409, "wrong_step")
    open_page(assignment, token)
    assert assignment.exit_reason == "visit_expired"


def test_the_sweep_closes_visits_that_are_too_old_and_their_recordings_still_count():
    _, assignment, _ = watching("resume")
    make_too_old()
    assert visits_close_expired() == 0, "a clip may be running"
    Slot.objects.update(reserved_until=timezone.now())
    assert (visits_close_expired(), visits_close_expired()) == (1, 0)
    assignment.refresh_from_db()
    assert (assignment.step, assignment.exit_reason) == (Step.CLOSED, "visit_expired")
    assert len(assignment.exit_code) == 8
    finished = Trial.objects.get(phase=Trial.Phase.FINISHED)
    assert joining.track_join(finished.pk) is not None
    assert tracks_with_grade().get().grade == "valid"


def test_the_sweep_leaves_the_code_to_those_who_have_watched_everything():
    caller, _, token = watching("resume", clips_per_visit=1)
    assert caller.next_trial(token)["state"] == "finished"
    make_too_old()
    Slot.objects.update(reserved_until=timezone.now())
    assert visits_close_expired() == 0
    assert caller.next_trial(token)["state"] == "finished"
    assert caller.call("POST", "visits/complete", token, {}).status == 200
    Assignment.objects.update(step=Step.WATCH, created_at=timezone.now() - dt.timedelta(days=7, minutes=1))
    Slot.objects.update(reserved_until=timezone.now())
    assert visits_close_expired() == 1


def test_the_sweep_leaves_those_alone_who_never_came_to_the_clips():
    study = open_study("alps", resume={"max_age_hours": 5})
    visits.visit_start(study=study, recruiter_parameters={}, language="en")
    make_too_old()
    assert visits_close_expired() == 0


def test_the_sweep_closes_no_visit_that_is_young():
    watching("resume")
    Slot.objects.update(reserved_until=timezone.now())
    assert visits_close_expired() == 0
