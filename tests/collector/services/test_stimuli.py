from django.test import Client

from collector.models import Assignment, Stimulus
from collector.services import stimuli
from tests.collector.world import open_study

Step = Assignment.Step


def close(name):
    stimuli.stimulus_close(stimulus=Stimulus.objects.get(name=name), reason="its licence ran out")


def name_of(trial):
    return Stimulus.objects.get(renditions__sha256=trial["media"]["sha256"]).name


def test_a_clip_that_is_closed_is_passed_over_and_the_visit_still_ends_with_a_code(visit, caller):
    first = caller.next_trial(visit)["trial"]
    close(name_of(first))
    seen = []
    while (answer := caller.next_trial(visit))["state"] == "trial":
        seen.append(name_of(answer["trial"]))
        caller.watch(answer["trial"])
    assert len(seen) == 2
    assert name_of(first) not in seen
    assert caller.call("POST", "visits/complete", visit, {}).status == 200


def test_whose_clips_were_all_closed_goes_home_with_a_code_and_who_never_asked_for_one_does_not(
    visit, caller
):
    assert caller.call("POST", "visits/complete", visit, {}).json["code"] == "nothing_watched"
    caller.next_trial(visit)
    for name in ("gardens-0", "gardens-1", "gardens-2"):
        close(name)
    assert caller.next_trial(visit)["state"] == "finished"
    assert caller.call("POST", "visits/complete", visit, {}).status == 200


def test_a_clip_that_is_closed_is_not_announced_for_fetching_and_its_links_open_no_more(visit, trial, caller):
    renewal = {"sha256": trial["media"]["sha256"]}
    assert Client().get(trial["media"]["url"]).status_code == 404  # let through: the store does not have it
    close(name_of(trial))
    assert Client().get(trial["media"]["url"]).status_code == 410
    assert caller.call("POST", "visits/media-link", visit, renewal).json["code"] == "clip_unknown"
    following = caller.next_trial(visit)["trial"]
    close(name_of({"media": following["upcoming"]}))
    assert caller.next_trial(visit)["trial"]["upcoming"] is None


def test_a_closed_clip_that_is_shown_again_has_its_place_again(visit, trial, caller):
    close(name_of(trial))
    assert caller.next_trial(visit)["trial"]["position"] == 2
    stimuli.stimulus_reopen(stimulus=Stimulus.objects.get(name=name_of(trial)))
    assert caller.next_trial(visit)["trial"]["position"] == 1


def test_practice_with_a_clip_that_is_closed_is_passed_over(practising, caller):
    trial = caller.next_trial(practising)["trial"]
    assert trial["practice"]
    close("alps-practice")
    assert caller.next_trial(practising)["trial"]["practice"] is False
    assert Assignment.objects.get().step == Step.WATCH


def test_nobody_is_led_to_a_practice_whose_clip_is_closed(db, caller):
    study = open_study("alps", simulated=True, practice=True)
    close("alps-practice")
    assignment, _ = caller.enter(study)
    assert assignment.step == Step.WATCH
