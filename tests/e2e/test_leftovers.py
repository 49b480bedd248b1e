"""Recordings that a browser still holds after their visit has ended, in its real database."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from collector.models import Assignment
from collector.services import studies, visits
from collector.study_document import StudyDocument
from collector.tokens import sign_trial
from tests.collector.world import make_stimulus

Step = Assignment.Step
PUT = """async ({ parcels, store }) => {
    const { openStore } = await import(store);
    const outbox = await openStore();
    for (const parcel of parcels) await outbox.put(parcel);
    return outbox.durable;
}"""
HELD = """async store => {
    const { openStore } = await import(store);
    const outbox = await openStore();
    const held = await Promise.all(["old", "young", "timeless"].map(visit => outbox.all(visit)));
    return held.flat().map(parcel => [parcel.visit, typeof parcel.until]);
}"""
STORE = "/static/collector/player/store.js"


@pytest.fixture
def visit(site):
    study = studies.study_create(slug="films", title="Short films")
    document = StudyDocument(title="Short films", resume={"max_age_hours": 1})
    studies.study_version_freeze(study=study, document=document, stimuli=[make_stimulus("film")])
    studies.study_open(study=study)
    site.start("web")
    assignment, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    return assignment, f"{site.url}/visit/{token}/"


def parcel(visit, until=None, trial="t", token="k", body="{}"):
    timed = {} if until is None else {"until": until}
    return {"visit": str(visit), "trial": trial, "token": token, "n": 0, "body": body} | timed


def put(page, *parcels):
    assert page.evaluate(PUT, {"parcels": list(parcels), "store": STORE})


def test_the_next_page_drops_what_is_too_old_and_gives_a_time_to_what_has_none(visit, page):
    _, address = visit
    page.goto(address)
    far = 4e12  # ms since 1970: in a hundred years
    put(page, parcel("old", 1), parcel("young", far), parcel("timeless"))
    page.reload()
    page.wait_for_function(f"({HELD})('{STORE}').then(held => held.length === 2)")
    assert page.evaluate(HELD, STORE) == [["young", "number"], ["timeless", "number"]]


def test_who_comes_back_too_late_is_told_what_did_not_arrive(visit, page):
    assignment, address = visit
    page.goto(address)
    gone = uuid.uuid4()  # the site does not know this trial any more
    put(page, parcel(assignment.pk, 1, trial=str(gone), token=sign_trial(gone), body="{}"))
    Assignment.objects.update(step=Step.WATCH, created_at=timezone.now() - dt.timedelta(hours=2))
    page.reload()
    page.get_by_role("heading", name="This study cannot be entered").wait_for()
    page.get_by_text("did not reach us in time").wait_for()
