import datetime as dt

from django.utils import timezone

from collector.models import Slot, Trial
from collector.services import trials, visits
from tests.collector.world import chunks_of_a_steady_hand, open_study


def test_a_recording_that_was_announced_is_waited_for_although_it_was_given_up_meanwhile(db, caller):
    study = open_study("alps", simulated=True, clips=2, max_attempts=1)
    assignment, token = visits.visit_start(
        study=study, recruiter_parameters={}, language="en", simulated=True
    )
    caller.enrol(assignment, token)
    first = caller.next_trial(token)["trial"]
    chunks = chunks_of_a_steady_hand(first)
    for chunk in chunks[1:]:
        caller.put(first, chunk)
    caller.finish(first, len(chunks))
    second = caller.next_trial(token)["trial"]
    caller.put(second, b'{"protocol": 1, "n": 0}')
    caller.finish(second, 1)
    Slot.objects.update(reserved_until="2020-01-01T00:00:00Z")
    assert trials.trials_abandon_stale() == 1
    assert caller.next_trial(token)["state"] == "finished"
    refused = caller.call("POST", "visits/complete", token, {})
    assert (refused.status, refused.json["code"]) == (409, "not_stored")
    assert refused.json["waiting"] == [first["id"]]
    caller.put(first, chunks[0])
    assert caller.call("POST", "visits/complete", token, {}).status == 200


def test_whoever_goes_on_keeps_the_places_that_were_reserved(visit, trial, caller):
    Slot.objects.update(reserved_until=timezone.now() - dt.timedelta(minutes=1))
    following = caller.next_trial(visit)["trial"]
    assert trials.trials_abandon_stale() == 0
    assert Trial.objects.get(pk=following["id"]).phase == Trial.Phase.OPEN
    assert not Slot.objects.filter(reserved_until__lt=timezone.now() + dt.timedelta(minutes=59)).exists()
