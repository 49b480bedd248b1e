"""Whatever comes between an observer and a clip is recorded, and does what the study says."""

import pytest

from collector.models import Assignment, Trial
from tests.e2e.recorded import events_of, states_of
from tests.e2e.watching import HIDE, SLEEP, begin, completion_code, show_again, start_clip
from tests.e2e.world import clip_of, open_study, visit_at_the_clips

KINDS = ("fullscreen_left", "focus_lost", "hidden", "slept", "muted", "resized")


@pytest.mark.long(40)
def test_each_disturbance_shows_the_clip_again_where_the_study_says_restart(site, page, tmp_path):
    policy = dict.fromkeys(KINDS, "restart")
    study = open_study([clip_of("film", 1, tmp_path, frames=150)], interruptions=policy, max_attempts=10)
    site.start("web")
    page.goto(site.url + visit_at_the_clips(study))
    begin(page)
    disturbances = {
        "hidden": (lambda: page.evaluate(HIDE), "The page was hidden"),
        "fullscreen_left": (
            lambda: page.evaluate("document.exitFullscreen()"),
            "The whole-screen view was not on",
        ),
        "focus_lost": (lambda: page.evaluate("dispatchEvent(new Event('blur'))"), "Another window came"),
        "muted": (lambda: page.evaluate("document.getElementById('clip').muted = true"), "The sound was"),
        "resized": (lambda: page.evaluate("dispatchEvent(new Event('resize'))"), "The size of the window"),
        "slept": (lambda: page.evaluate(SLEEP), "The computer went to sleep"),
    }
    for disturb, words in disturbances.values():
        start_clip(page)
        disturb()
        show_again(page, words)
        page.evaluate("document.getElementById('clip').muted = false")
    start_clip(page)
    code = completion_code(page)

    assert code == Assignment.objects.get().completion_code
    *broken, whole = Trial.objects.order_by("number")
    assert [trial.interruption for trial in broken] == list(disturbances)
    assert {trial.phase for trial in broken} == {Trial.Phase.INTERRUPTED}
    assert all(states_of(trial) == ["ready", "playing", "interrupted"] for trial in broken)
    assert whole.phase == Trial.Phase.FINISHED
    assert states_of(whole) == ["ready", "playing", "held", "finished"]


def test_a_clip_is_left_out_or_the_disturbance_only_noted_where_the_study_says_so(site, page, tmp_path):
    clips = [clip_of(name, seed, tmp_path, frames=90) for seed, name in enumerate(("film-a", "film-b"), 1)]
    study = open_study(clips, interruptions={"resized": "abort", "focus_lost": "mark"})
    site.start("web")
    page.goto(site.url + visit_at_the_clips(study))
    begin(page)

    start_clip(page)
    page.set_viewport_size({"width": 1300, "height": 740})
    page.get_by_text("This video is not shown again").wait_for()
    page.get_by_role("button", name="Go on").click()
    start_clip(page)
    page.evaluate("dispatchEvent(new Event('blur'))")
    code = completion_code(page)

    assert code == Assignment.objects.get().completion_code
    left_out, noted = Trial.objects.order_by("slot__position")
    assert (left_out.phase, left_out.interruption) == (Trial.Phase.INTERRUPTED, "resized")
    assert states_of(left_out)[-1] == "abandoned"
    assert noted.phase == Trial.Phase.FINISHED
    assert noted.summary["focus_lost"] == 1
    assert "focus_lost" in events_of(noted)
