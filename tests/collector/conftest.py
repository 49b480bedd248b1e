"""A study, a visit and a trial for the tests of capture."""

import pytest


@pytest.fixture
def caller():
    """Speaks to the observer's API."""
    from tests.collector.world import Caller  # models are read only once Django is set up

    return Caller()


@pytest.fixture
def study(db):
    """An open study for made-up observers."""
    from tests.collector.world import open_study

    return open_study("gardens", simulated=True)


@pytest.fixture
def visit(study, caller):
    """The token of a made-up observer's visit that is about to watch."""
    _, token = caller.enter(study)
    return token


@pytest.fixture
def practising(db, caller):
    """The token of a made-up observer's visit that is about to practise."""
    from tests.collector.world import open_study

    study = open_study("alps", simulated=True, practice=True)
    _, token = caller.enter(study)
    return token


@pytest.fixture
def trial(visit, caller):
    """The first trial of that visit, as the player is told of it."""
    return caller.next_trial(visit)["trial"]
