import pytest
from django.test import Client

from collector import recruiters, tokens
from collector.models import Assignment, Rendition, Slot, Trial
from collector.services import visits
from tests.collector.world import chunks_of_a_steady_hand, make_stimulus, open_study

Step = Assignment.Step


def leave(caller, token, reason="too_slow"):
    return caller.call("POST", "visits/exit", token, {"reason": reason})


def test_who_cannot_go_on_leaves_with_a_code_that_says_why(visit, caller):
    assignment = Assignment.objects.get()
    assert leave(caller, visit).json == {"next": "screened"}
    assignment.refresh_from_db()
    assert (assignment.step, assignment.exit_reason) == (Step.SCREENED, "too_slow")
    page = Client().get(f"/visit/{visit}/")
    assert assignment.exit_code.encode() in page.content


def test_saying_it_again_changes_nothing(visit, caller):
    leave(caller, visit, "touch")
    assert leave(caller, visit, "window").json == {"next": "screened"}
    assert Assignment.objects.get().exit_reason == "touch"


def test_a_visit_that_is_over_is_not_left(visit, caller):
    caller.call("POST", "visits/withdraw", visit, {})
    assert leave(caller, visit).json["code"] == "wrong_step"


def test_no_reason_that_nobody_knows(visit, caller):
    assert leave(caller, visit, "bored").status == 422


def test_each_reason_of_a_study_has_one_code_and_no_other_reason_has_it():
    reasons = ["no_desktop", "browser", "codec", "window", "too_slow", "touch", "other"]
    codes = {recruiters.exit_code("alps", reason) for reason in reasons}
    assert len(codes) == len(reasons)
    assert recruiters.exit_code("alps", "touch") == recruiters.exit_code("alps", "touch")
    assert recruiters.exit_code("alps", "touch") != recruiters.exit_code("lakes", "touch")
    assert all(len(code) == 8 and int(code, 16) >= 0 for code in codes)


def test_the_panel_is_told_the_exit_code_on_the_way_back(db, caller):
    study = open_study("alps", return_url="https://panel.example/back?code={code}")
    assignment, token = visits.visit_start(
        study=study, recruiter_parameters={"PROLIFIC_PID": "7"}, language="en"
    )
    leave(caller, token, "no_desktop")
    assignment.refresh_from_db()
    page = Client().get(f"/visit/{token}/").content.decode()
    assert f"https://panel.example/back?code={assignment.exit_code}" in page


def test_the_next_clip_is_announced_for_fetching_and_the_last_has_none_behind_it(visit, caller):
    seen = []
    while (answer := caller.next_trial(visit))["state"] == "trial":
        trial = answer["trial"]
        seen.append(trial)
        chunks = chunks_of_a_steady_hand(trial)
        for chunk in chunks:
            caller.put(trial, chunk)
        caller.finish(trial, len(chunks))
    announced = [trial["upcoming"] and trial["upcoming"]["sha256"] for trial in seen]
    assert announced == [trial["media"]["sha256"] for trial in seen[1:]] + [None]


def test_a_page_is_told_for_how_long_the_site_takes_a_recording(trial, monkeypatch):
    assert tokens.read_trial(trial["token"]) == Trial.objects.get().pk
    monkeypatch.setattr(tokens, "TRIAL_HOURS", -1)
    with pytest.raises(tokens.TokenRefused):
        tokens.read_trial(trial["token"])
    monkeypatch.undo()
    assert trial["token_expires_in_s"] == tokens.TRIAL_HOURS * 3600


def test_a_clip_link_opens_for_its_visit_until_it_is_too_old_or_the_visit_over(visit, trial, monkeypatch):
    url = trial["media"]["url"]
    # The clip exists as a row only, so the store says 404 once the link was let through.
    assert Client().get(url).status_code == 404
    assert Client().get(url + "x").status_code == 401
    monkeypatch.setattr(tokens, "CLIP_S", -1)
    assert Client().get(url).status_code == 401
    monkeypatch.undo()
    Assignment.objects.update(step=Step.WITHDRAWN)
    assert Client().get(url).status_code == 410


def test_a_link_is_renewed_for_a_clip_of_this_visit_and_for_no_other(visit, trial, caller):
    renewed = caller.call("POST", "visits/media-link", visit, {"sha256": trial["media"]["sha256"]})
    assert renewed.status == 200
    assert renewed.json["expires_in_s"] == trial["media"]["expires_in_s"] > 0
    assert Client().get(renewed.json["url"]).status_code == 404
    Rendition.objects.filter(stimulus=make_stimulus("elsewhere")).update(sha256="ab" * 32)
    refused = caller.call("POST", "visits/media-link", visit, {"sha256": "ab" * 32})
    assert (refused.status, refused.json["code"]) == (404, "clip_unknown")
    assert caller.call("POST", "visits/media-link", visit, {"sha256": "../etc"}).status == 422


def test_a_slow_computer_is_shown_the_smaller_view_and_told_the_reference(db, caller):
    study = open_study("alps", clips=1)
    reference = Rendition.objects.get(stimulus__name="alps-0")
    Rendition.objects.filter(pk=reference.pk).update(width=1920, height=1080)
    view = Rendition.objects.create(
        stimulus=reference.stimulus,
        tier="720p",
        reference=reference,
        sha256="cd" * 32,
        bytes=500,
        fps_num=30,
        fps_den=1,
        frames=60,
        width=1280,
        height=720,
    )
    _, token = visits.visit_start(study=study, recruiter_parameters={}, language="en")
    caller.call("POST", "visits/consent", token, {"accepted": True, "text_version": "1"})
    caller.call("POST", "visits/checks", token, {"passed": True, "tier": "720p"})
    trial = caller.next_trial(token)["trial"]
    assert (trial["media"]["sha256"], trial["width"], trial["height"]) == (view.sha256, 1280, 720)
    assert trial["reference"] == {"width": 1920, "height": 1080}
    assert Trial.objects.get().rendition == view


@pytest.mark.parametrize(("policy", "shown_again"), [("restart", True), ("mark", True), ("abort", False)])
def test_a_clip_is_not_shown_again_where_the_study_aborts(db, caller, policy, shown_again):
    study = open_study("alps", simulated=True, clips=2, interruptions={"hidden": policy})
    _, token = caller.enter(study)
    trial = caller.next_trial(token)["trial"]
    assert trial["interruptions"]["hidden"] == policy
    caller.put(trial, b'{"protocol": 1, "n": 0}')
    body = {"chunks": 1, "outcome": "interrupted", "reason": "hidden"}
    path = f"trials/{trial['id']}/finish"
    assert caller.call("POST", path, trial["token"], body).json["shown_again"] is shown_again
    assert Slot.objects.get(position=1).given_up is not shown_again
    following = caller.next_trial(token)["trial"]
    assert following["position"] == (1 if shown_again else 2)


def test_a_visit_with_a_clip_given_up_still_ends_with_a_code(db, caller):
    study = open_study("alps", simulated=True, clips=2, interruptions={"muted": "abort"})
    _, token = caller.enter(study)
    first = caller.next_trial(token)["trial"]
    caller.put(first, b'{"protocol": 1, "n": 0}')
    body = {"chunks": 1, "outcome": "interrupted", "reason": "muted"}
    caller.call("POST", f"trials/{first['id']}/finish", first["token"], body)
    second = caller.next_trial(token)["trial"]
    caller.put(second, b'{"protocol": 1, "n": 0}')
    caller.finish(second, 1)
    assert caller.next_trial(token)["state"] == "finished"
    assert caller.call("POST", "visits/complete", token, {}).status == 200


def test_practice_is_never_given_up(db, caller):
    study = open_study("alps", simulated=True, practice=True, interruptions={"hidden": "abort"})
    _, token = caller.enter(study)
    trial = caller.next_trial(token)["trial"]
    caller.put(trial, b'{"protocol": 1, "n": 0}')
    body = {"chunks": 1, "outcome": "interrupted", "reason": "hidden"}
    answer = caller.call("POST", f"trials/{trial['id']}/finish", trial["token"], body)
    assert answer.json["shown_again"] is True
    assert caller.next_trial(token)["trial"]["practice"] is True
