import pytest
from django.utils import timezone

from collector import texts
from collector.models import Assignment
from collector.page_contents import TONE_CHOICES, check_parts, page_content
from collector.selectors import study_largest_picture, study_visit_minutes
from collector.services import visits
from collector.tokens import sign_visit
from collector.tones import COUNTS, IN_A_ROW
from tests.collector.world import open_study

pytestmark = pytest.mark.django_db

Step = Assignment.Step


def visit_to(study, **parameters):
    assignment, _ = visits.visit_start(study=study, recruiter_parameters=parameters, language="en")
    return assignment


def content_at(assignment, step, **ends):
    Assignment.objects.filter(pk=assignment.pk).update(step=step, **ends)
    assignment.refresh_from_db()
    return page_content(assignment, "en", texts.catalogue("en"))


def test_a_study_checks_what_its_document_says():
    everything = {"follow_min_share": 0.6, "sound": "start"}
    full = open_study("full", checks=everything, viewing={"calibration": "required"})
    assert check_parts(visit_to(full)) == ["device", "pointing", "calibration", "follow", "sound"]
    least = open_study("least", checks={"follow_min_share": 0, "sound": "off"})
    assert check_parts(visit_to(least)) == ["device", "pointing"]


def test_who_counted_the_tones_before_a_reload_need_not_count_again():
    assignment = visit_to(open_study("films", checks={"sound": "start"}))
    assert "sound" in check_parts(assignment)
    for _ in range(IN_A_ROW):
        assignment.sound_checks.create(moment="start", tones=3, answer=3, answered_at=timezone.now())
    assert "sound" not in check_parts(assignment)


def test_there_is_a_wrong_answer_beyond_the_most_tones():
    assert set(COUNTS) < set(TONE_CHOICES)


def test_who_leaves_reads_why_and_gets_the_code_and_the_way_back():
    assignment = visit_to(open_study("films"), PROLIFIC_PID="p1")
    content = content_at(assignment, Step.SCREENED, exit_reason="too_slow", exit_code="3F9A01C2")
    assert "cannot draw" in content["why"]
    assert content["code"] == "3F9A01C2"
    assert content["return_url"].endswith("cc=3F9A01C2")


def test_a_visit_that_was_closed_says_which_of_the_reasons_it_was():
    assignment = visit_to(open_study("films"))
    assert "too long ago" in content_at(assignment, Step.CLOSED, exit_reason="visit_expired")["why"]
    assert "closed" in content_at(assignment, Step.CLOSED, exit_reason="")["why"]


def test_recordings_may_be_taken_back_after_the_end_and_the_code_stays(client):
    assignment = visit_to(open_study("films"))
    address = f"/visit/{sign_visit(assignment.pk)}/"
    content_at(assignment, Step.DONE, completion_code="AB12CD34")
    assert "Take back my recordings" in client.get(address).content.decode()
    visits.visit_withdraw(assignment=assignment)
    after = client.get(address).content.decode()
    assert "AB12CD34" in after
    assert "your completion code stays valid" in after


def test_who_withdraws_on_the_way_has_no_code(client):
    assignment = visit_to(open_study("films"))
    visits.visit_withdraw(assignment=assignment)
    assert 'id="code"' not in client.get(f"/visit/{sign_visit(assignment.pk)}/").content.decode()


def test_the_minutes_are_those_of_check_practice_and_clips():
    study = open_study("films", clips=3, clips_per_visit=20, pause_between_s=1)
    # 150 s before the clips, and three clips of 2 s with 1 s of pause, 0.8 s of hold and 6 s around each.
    assert study_visit_minutes(study.version) == 3
    assert "about 3 minutes" in page_content(visit_to(study), "en", texts.catalogue("en"))["minutes"]


def test_the_largest_picture_is_that_of_a_reference():
    assert study_largest_picture(open_study("films").version) == {"width": 640, "height": 360}
