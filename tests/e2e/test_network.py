"""Networks fail, tabs are closed, clips do not come: nothing that was recorded is lost, and the person is told."""

import os

import pytest

from collector.models import Assignment, Trial
from tests.e2e.watching import begin, completion_code, start_clip
from tests.e2e.world import clip_of, open_study, visit_at_the_clips

CUT_S = float(os.environ.get("CURSAL_CUT_S", "8"))  # `make soak` takes a minute
OUT_OF_REACH = "We cannot reach our server"


# So that a busy machine has time to close a tab before the clip is over.
LONG_ENOUGH_TO_CLOSE = {"frames": 180}
NOBODY_COMES_BACK = {"policy": "block"}


@pytest.fixture
def visit(site, page, tmp_path, request):
    """A visit of two clips, just before the first one; `param` may set their frames and the policy of coming back."""
    wanted = {"frames": 90, "policy": "resume"} | getattr(request, "param", {})
    names = enumerate(("film-a", "film-b"), 1)
    clips = [clip_of(name, seed, tmp_path, frames=wanted["frames"]) for seed, name in names]
    study = open_study(clips, resume={"policy": wanted["policy"]})
    site.start("web")
    page.goto(site.url + visit_at_the_clips(study))
    return page


def assert_everything_arrived() -> None:
    trials = Trial.objects.exclude(chunks_announced=None)
    assert trials.exists()
    for trial in trials:
        numbers = list(trial.chunks.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(trial.chunks_announced))


def assert_both_clips_were_watched_and_everything_arrived(page) -> None:
    assert completion_code(page) == Assignment.objects.get().completion_code
    assert Trial.objects.filter(phase=Trial.Phase.FINISHED).count() == 2
    assert_everything_arrived()


def test_a_lost_network_is_told_and_everything_arrives_once_it_is_back(visit, context):
    begin(visit)
    start_clip(visit)
    context.set_offline(True)
    visit.get_by_text("Please leave this page open for a moment.").wait_for()
    visit.get_by_text(OUT_OF_REACH).wait_for()
    visit.wait_for_timeout(CUT_S * 1000)
    assert visit.locator("#code").count() == 0
    context.set_offline(False)
    start_clip(visit)

    assert_both_clips_were_watched_and_everything_arrived(visit)


def test_a_site_that_is_killed_while_a_clip_plays_gets_everything_after_its_restart(visit, site):
    begin(visit)
    start_clip(visit)
    site.kill("web")
    visit.get_by_text(OUT_OF_REACH).wait_for()
    site.start("web")
    start_clip(visit)

    assert_both_clips_were_watched_and_everything_arrived(visit)


def test_a_site_whose_database_is_away_is_waited_for_in_words(visit):
    begin(visit)
    start_clip(visit)
    away = {"code": "unavailable", "message": "The database is away."}
    visit.route("**/api/v1/**", lambda route: route.fulfill(status=503, json=away))
    visit.get_by_text(OUT_OF_REACH).wait_for()
    visit.unroute("**/api/v1/**")
    start_clip(visit)

    assert_both_clips_were_watched_and_everything_arrived(visit)


@pytest.mark.parametrize("visit", [LONG_ENOUGH_TO_CLOSE], indirect=True)
def test_a_tab_that_is_closed_in_the_middle_is_gone_on_with_in_another(visit, context):
    address = visit.url
    begin(visit)
    start_clip(visit)
    visit.wait_for_function("() => document.getElementById('clip').currentTime > 2.2")
    visit.close()
    first = Trial.objects.get()
    assert first.phase == Trial.Phase.OPEN

    again = context.new_page()
    again.goto(address)
    begin(again)
    start_clip(again)
    start_clip(again)

    assert completion_code(again) == Assignment.objects.get().completion_code
    first.refresh_from_db()
    assert first.phase == Trial.Phase.INTERRUPTED
    assert first.chunks.exists()
    assert Trial.objects.filter(slot=first.slot, phase=Trial.Phase.FINISHED).get().number == 2
    assert_everything_arrived()


def test_a_second_tab_waits_for_the_first(visit, context):
    second = context.new_page()
    second.goto(visit.url)
    second.get_by_text("open in another window").wait_for()
    visit.close()
    second.get_by_role("button", name="Go on").wait_for()


@pytest.mark.parametrize("visit", [{}, NOBODY_COMES_BACK], indirect=True, ids=["resume", "block"])
def test_a_clip_that_does_not_come_ends_in_words_and_a_way_on(visit):
    visit.route("**/clip*/**", lambda route: route.fulfill(status=404))
    begin(visit)
    visit.get_by_text("The video could not be loaded.").wait_for()
    visit.unroute("**/clip*/**")
    visit.get_by_role("button", name="Try again").click()
    start_clip(visit)
