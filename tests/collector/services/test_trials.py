import datetime as dt

from django.utils import timezone

from collector.models import Assignment, Slot, Trial
from collector.services import trials
from tests.collector.world import chunks_of_a_steady_hand, open_study


def test_a_recording_that_was_announced_is_waited_for_although_it_was_given_up_meanwhile(db, caller):
    study = open_study("alps", simulated=True, clips=2, max_attempts=1)
    _, token = caller.enter(study)
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


def test_a_trial_that_was_never_begun_is_handed_out_again_however_late(db, caller):
    study = open_study("alps", simulated=True, clips=1, max_attempts=1)
    _, token = caller.enter(study)
    first = caller.next_trial(token)["trial"]
    Slot.objects.update(reserved_until="2020-01-01T00:00:00Z")
    assert trials.trials_abandon_stale() == 1
    again = caller.next_trial(token)["trial"]
    assert again["id"] == first["id"]
    assert caller.watch(again).json["state"] == "finished"


def test_parts_that_nobody_has_any_more_keep_nobody_from_going_on(visit, trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks[:1] + chunks[2:]:
        caller.put(trial, chunk)
    assert caller.finish(trial, len(chunks)).json["missing"] == [1]
    body = {"chunks": len(chunks), "outcome": "complete", "lost": True}
    for _ in range(2):
        answer = caller.call("POST", f"trials/{trial['id']}/finish", trial["token"], body).json
        assert (answer["state"], answer["missing"], answer["shown_again"]) == ("finished", [], True)
    closed = Trial.objects.get()
    assert (closed.phase, closed.interruption) == (Trial.Phase.INTERRUPTED, "parts_lost")
    again = caller.next_trial(visit)["trial"]
    assert (again["position"], Trial.objects.get(pk=again["id"]).number) == (trial["position"], 2)


def test_nothing_is_lost_where_nothing_is_missing(visit, trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    body = {"chunks": len(chunks), "outcome": "complete", "lost": True}
    assert caller.call("POST", f"trials/{trial['id']}/finish", trial["token"], body).status == 200
    assert Trial.objects.get().phase == Trial.Phase.FINISHED


def test_each_trial_keeps_what_the_check_before_it_chose(visit, caller):
    Assignment.objects.update(renderer="2d", tier="720p", frame_rates={"2d 720p": 29.5})
    first = caller.begin_next(visit)["trial"]
    Assignment.objects.update(renderer="webgl2", tier="full", frame_rates={"webgl2 720p": 30})
    second = caller.next_trial(visit)["trial"]
    kept = {str(trial.pk): trial.drawing for trial in Trial.objects.all()}
    assert kept[first["id"]] == {"renderer": "2d", "tier": "720p", "rates": {"2d 720p": 29.5}}
    assert kept[second["id"]]["renderer"] == "webgl2"


def test_a_trial_that_broke_off_has_as_many_parts_as_arrived_if_its_next_page_knows_of_fewer(
    visit, trial, caller
):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    for known in (1, 1, len(chunks)):
        assert caller.finish(trial, known, outcome="interrupted").json["state"] == "finished"
    closed = Trial.objects.get()
    assert (closed.phase, closed.chunks_announced) == (Trial.Phase.INTERRUPTED, len(chunks))
    assert caller.finish(trial, 1).json["code"] == "finish_conflict"
    assert caller.finish(trial, len(chunks) + 1, outcome="interrupted").json["code"] == "finish_conflict"
