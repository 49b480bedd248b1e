import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from collector import texts
from collector.models import Assignment, Observer
from collector.services import studies, visits
from collector.tokens import sign_visit
from tests.collector.world import open_study

pytestmark = pytest.mark.django_db

Step = Assignment.Step


@pytest.fixture
def study():
    return open_study("films", practice=True)


@pytest.fixture
def visit(study):
    assignment, _ = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    return assignment


def page_at(client, visit, step, **arguments):
    Assignment.objects.filter(pk=visit.pk).update(step=step)
    return client.get(f"/visit/{sign_visit(visit.pk)}/", **arguments)


def configuration(answer) -> dict:
    return json.loads(re.search(r'<script id="visit"[^>]*>(.*?)</script>', answer.content.decode()).group(1))


class Outline(HTMLParser):
    """Headings, scripts and inline code of a page."""

    def __init__(self, answer):
        super().__init__()
        self.headings, self.inline_code, self.images_without_text = 0, [], 0
        self.feed(answer.content.decode())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.headings += tag == "h1" and "data-screen" not in given
        self.images_without_text += tag == "img" and "alt" not in given
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.inline_code.append(given)
        self.inline_code += [name for name in given if name.startswith("on") or name == "style"]


def test_the_study_link_begins_a_visit_and_goes_there(client, study):
    answer = client.get("/study/films/")
    assert answer.status_code == 302
    assert client.get(answer["location"]).status_code == 200
    assert Assignment.objects.get().version == study.version


def test_a_panel_member_who_comes_back_finds_the_same_visit(client, study):
    for _ in range(2):
        client.get("/study/films/", {"PROLIFIC_PID": "p1", "STUDY_ID": "s", "SESSION_ID": "x"})
    assert Assignment.objects.get().recruiter == "prolific"
    assert "p1" not in Observer.objects.get().panel_hash


def test_a_closed_study_lets_nobody_in_and_says_so(client, study):
    studies.study_close(study=study)
    answer = client.get("/study/films/")
    assert answer.status_code == 403
    assert b"This study is closed" in answer.content
    assert not Assignment.objects.exists()


def test_a_study_that_is_not_there_is_not_found(client, db):
    assert client.get("/study/nothing/").status_code == 404


def test_a_forged_token_opens_nothing(client, db):
    answer = client.get("/visit/IjEyMyI:1abc:forged/")
    assert answer.status_code == 403
    assert b"This link does not work" in answer.content


def test_a_removed_visit_is_gone(client, visit):
    token = sign_visit(visit.pk)
    visit.delete()
    assert client.get(f"/visit/{token}/").status_code == 410


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("step", Step.values)
def test_every_step_has_a_page_in_every_language(client, visit, step, language):
    answer = page_at(client, visit, step, query_params={"lang": language})
    assert answer.status_code == 200
    assert f'lang="{language}"' in answer.content.decode()
    assert configuration(answer)["step"] == step
    outline = Outline(answer)
    assert outline.headings >= 1
    assert outline.inline_code == []
    assert outline.images_without_text == 0


@pytest.mark.parametrize("step", [Step.CONSENT, Step.CHECK, Step.PRACTICE, Step.WATCH])
def test_on_the_way_one_can_report_a_problem_and_stop(client, visit, step):
    page = page_at(client, visit, step).content.decode()
    assert 'data-opens="problem-dialog"' in page
    assert 'data-opens="withdraw-dialog"' in page


def test_one_step_is_the_current_one_and_those_before_are_done(client, visit):
    page = page_at(client, visit, Step.PRACTICE).content.decode()
    assert re.findall(r'data-state="(\w+)"', page) == ["done", "done", "current", "ahead", "ahead"]


def test_a_study_without_practice_announces_none(client):
    assignment, _ = visits.visit_start(study=open_study("short"), recruiter_parameters={}, language="en")
    page = page_at(client, assignment, Step.WATCH).content.decode()
    assert re.findall(r'data-state="(\w+)"', page) == ["done", "done", "current", "ahead"]
    assert "Practise" not in page


def test_a_chosen_language_is_remembered(client, visit):
    page_at(client, visit, Step.CONSENT, query_params={"lang": "zh-hans"})
    assert "开始之前" in page_at(client, visit, Step.CONSENT).content.decode()


def test_the_browser_s_language_is_taken_when_none_was_chosen(client, visit):
    answer = page_at(client, visit, Step.CONSENT, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert "开始之前" in answer.content.decode()


def test_a_language_that_the_study_does_not_offer_is_not_shown(client, visit):
    answer = page_at(client, visit, Step.CONSENT, query_params={"lang": "de"})
    assert "Before you begin" in answer.content.decode()


def test_the_code_stands_on_the_last_page_only(client, visit):
    Assignment.objects.filter(pk=visit.pk).update(completion_code="AB12CD34", recruiter="prolific")
    assert b"AB12CD34" not in page_at(client, visit, Step.WATCH).content
    last = page_at(client, visit, Step.DONE).content.decode()
    assert "AB12CD34" in last
    assert "https://app.prolific.com/submissions/complete?cc=AB12CD34" in last


def test_what_staff_write_cannot_become_code(client, db):
    study = open_study("evil")
    document = study.version.document.model_copy(update={"title": "</script><script>alert(1)</script>"})
    studies.study_version_freeze(study=study, document=document, stimuli=list(study.version.stimuli.all()))
    _, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    answer = client.get(f"/visit/{token}/")
    assert b"<script>alert" not in answer.content
    assert answer.status_code == 200


def test_pages_of_a_visit_are_not_cached(client, visit):
    assert "no-store" in page_at(client, visit, Step.CONSENT)["Cache-Control"]


def test_the_consent_page_says_what_is_paid_in_its_language_and_freezes_it(client, caller):
    pay = {"en": "You are paid 3 euro.", "zh-hans": "您将获得 3 欧元。"}
    study = open_study("paid", consent={"pay": pay})
    visit, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    assert pay["en"] in client.get(f"/visit/{token}/").content.decode()
    assert pay["zh-hans"] in client.get(f"/visit/{token}/?lang=zh-hans").content.decode()
    caller.call("POST", "visits/consent", token, {"accepted": True, "text_version": "1", "language": "en"})
    visit.refresh_from_db()
    agreed = json.dumps(study.version.document.consent.agreed("en"), ensure_ascii=False)
    assert visit.consent_sha256 == hashlib.sha256(agreed.encode()).hexdigest()
