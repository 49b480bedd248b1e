"""Calls made up from the published OpenAPI: never a 500, never an answer that the description does not know."""

import contextlib
import uuid

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from collector.api import api, auth
from collector.limits import CallLimit
from collector.services import visits
from tests.collector.fuzz.budget import budget
from tests.collector.world import Caller, open_study

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@contextlib.contextmanager
def rolled_back():
    """A request within the test's own transaction, as with Django's client, and none of it is left behind."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@pytest.fixture
def observer(db, monkeypatch):
    """An observer in the middle of a visit: the visit's token, and a trial."""
    monkeypatch.setattr(auth, "VISIT_LIMIT", CallLimit("fuzz", 10**9))
    monkeypatch.setattr(auth, "TRIAL_LIMIT", CallLimit("fuzz", 10**9))
    caller = Caller()
    assignment, token = visits.visit_start(study=open_study("fuzz"), recruiter_parameters={}, language="en")
    caller.enrol(assignment, token)
    return token, caller.next_trial(token)["trial"]


def described():
    """The published description, with the application behind it."""
    description = schemathesis.openapi.from_dict(api.get_openapi_schema())
    description.app = get_wsgi_application()
    return description


def is_uuid(value):
    try:
        uuid.UUID(str(value))
    except ValueError:
        return False
    return True


OPERATIONS = [result.ok() for result in described().get_all_operations()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
@budget("calls", over=len(OPERATIONS))
@given(data=st.data())
def test_no_call_does_worse_than_be_refused(operation, observer, data):
    case = data.draw(operation.as_strategy(generation_mode=data.draw(st.sampled_from(GenerationMode))))
    token, trial = observer
    if "trial_id" in case.path_parameters:
        token = trial["token"]
        if is_uuid(case.path_parameters["trial_id"]):
            case.path_parameters["trial_id"] = trial["id"]
    case.headers["Authorization"] = f"Bearer {token}"
    with rolled_back():  # so that each call meets the same visit
        answer = case.call()
    case.validate_response(answer, checks=CHECKS)


def test_every_call_is_among_them():
    assert len(OPERATIONS) == 14
