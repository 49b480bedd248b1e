"""What fails in the page itself ends in words and another try in the same page, whatever a study says of reloads."""

import pytest

from collector.models import Assignment, ProblemReport, Trial
from tests.e2e.observer import pass_the_check
from tests.e2e.recorded import events_of, marks_of, states_of
from tests.e2e.watching import begin, completion_code, show_again, start_clip
from tests.e2e.world import clip_of, open_study, visit_at_the_clips

# HEVC without a decoder opens like this, without an error.
NO_PICTURE = """() => {
    const video = document.getElementById("clip");
    Object.defineProperty(video, "videoWidth", { get: () => 0, configurable: true });
}"""
PICTURE_AGAIN = "() => { delete document.getElementById('clip').videoWidth; }"
DRAWING_FAILS = """() => {
    window.drawImage = CanvasRenderingContext2D.prototype.drawImage;
    CanvasRenderingContext2D.prototype.drawImage = () => { throw new Error("no colours left"); };
}"""
DRAWING_WORKS = "() => { CanvasRenderingContext2D.prototype.drawImage = window.drawImage; }"
# Whatever the keyboard reaches: id of the element, or what it opens.
FOCUSED = "() => document.activeElement.id || document.activeElement.dataset.opens || 'nothing'"


BLOCK = {"resume": {"policy": "block"}, "max_attempts": 2}
RESUME = {"resume": {"policy": "resume"}}
# The database of the page's store, to close it as a browser does whose data of the site are cleared.
KEEP_DATABASE = """
const open = IDBFactory.prototype.open;
IDBFactory.prototype.open = function (...named) {
    const request = open.apply(this, named);
    request.addEventListener("success", () => { window.database = request.result; });
    return request;
};"""
NO_DATABASE = "Object.defineProperty(window, 'indexedDB', { value: undefined });"
# Requests that a browser carries on with when their page is gone.
KEEP_FAREWELLS = """
const ask = window.fetch;
window.fetch = (address, options) => {
    if (options?.keepalive) localStorage.setItem(`left ${address}`, options.method);
    return ask(address, options);
};"""


@pytest.fixture
def visit(site, page, drawing_known, tmp_path, request):
    """A visit of one clip, at its instructions.

    Its study closes visits whose page is loaded again, unless `param` says something else; with "script" it says
    what is done in every page beforehand.
    """
    document = dict(getattr(request, "param", BLOCK))
    page.add_init_script(document.pop("script", ""))
    study = open_study([clip_of("film", 1, tmp_path, frames=90)], **document)
    site.start("web")
    page.goto(site.url + visit_at_the_clips(study))
    return page


def load_again(page) -> None:
    """Ask for the clip once more, after trouble."""
    page.get_by_text("Something went wrong").wait_for()
    page.get_by_role("button", name="Try again").click()


def test_a_clip_without_a_picture_is_an_attempt_of_its_own(visit):
    visit.evaluate(NO_PICTURE)
    begin(visit)
    visit.get_by_text("Your browser cannot show this video.").wait_for()
    visit.evaluate(PICTURE_AGAIN)
    load_again(visit)
    start_clip(visit)

    assert completion_code(visit) == Assignment.objects.get().completion_code
    unplayable, whole = Trial.objects.order_by("number")
    assert (unplayable.phase, unplayable.interruption) == (Trial.Phase.INTERRUPTED, "unplayable")
    assert states_of(unplayable) == ["interrupted"]
    assert whole.phase == Trial.Phase.FINISHED


def test_a_clip_that_never_has_a_picture_does_not_bar_the_way_out(visit):
    visit.evaluate(NO_PICTURE)
    begin(visit)
    load_again(visit)
    load_again(visit)
    visit.get_by_text("No video could be shown to its end on this computer.").wait_for()
    visit.locator("[data-screen=ended] button").click()
    visit.locator("#code").wait_for()

    ended = Assignment.objects.get()
    assert (ended.step, ended.exit_reason) == (Assignment.Step.SCREENED, "nothing_watched")
    assert {trial.interruption for trial in Trial.objects.all()} == {"unplayable"}


def test_an_error_that_nobody_foresaw_ends_the_clip_and_stands_in_the_record(visit):
    begin(visit)
    start_clip(visit)
    visit.evaluate(DRAWING_FAILS)
    visit.get_by_text("The page met an error while the video played.").wait_for()
    visit.evaluate(DRAWING_WORKS)
    show_again(visit, "The page met an error")
    start_clip(visit)

    assert completion_code(visit) == Assignment.objects.get().completion_code
    failed, whole = Trial.objects.order_by("number")
    assert (failed.phase, failed.interruption) == (Trial.Phase.INTERRUPTED, "player_failed")
    assert [words for _, words in events_of(failed)["failed"]] == ["no colours left"]
    assert whole.phase == Trial.Phase.FINISHED


def test_a_clip_that_fails_at_its_first_frame_ends_there_and_the_next_attempt_is_whole(visit):
    begin(visit)
    visit.evaluate(DRAWING_FAILS)
    visit.get_by_role("button", name="Show the video").click()
    visit.locator("#mark:enabled").click()
    visit.get_by_text("The page met an error while the video played.").wait_for()
    visit.wait_for_timeout(2500)  # longer than between two parts
    assert visit.evaluate("document.getElementById('clip').paused")
    visit.evaluate(DRAWING_WORKS)
    show_again(visit, "The page met an error")
    start_clip(visit)

    assert completion_code(visit) == Assignment.objects.get().completion_code
    failed, whole = Trial.objects.order_by("number")
    assert len(events_of(failed)["failed"]) == 1
    assert failed.chunks.count() == failed.chunks_announced == 1
    assert failed.summary["marks"] == len(marks_of(failed)) == 0
    assert whole.phase == Trial.Phase.FINISHED


def test_an_error_that_nobody_foresaw_between_clips_is_tried_again_in_the_same_page(visit):
    begin(visit)
    start_clip(visit)
    visit.route("**/visits/next-trial", lambda route: route.fulfill(json={"state": "of another version"}))
    visit.get_by_text("The page met an error. Trying again helps in most cases.").wait_for()
    visit.unroute("**/visits/next-trial")
    load_again(visit)

    assert completion_code(visit) == Assignment.objects.get().completion_code
    assert Trial.objects.get().phase == Trial.Phase.FINISHED


def test_a_recording_that_the_site_refuses_does_not_bar_the_way_to_the_next_attempt(visit):
    begin(visit)
    refusal = {"code": "chunk_conflict", "message": "Another part has this number."}
    visit.route("**/chunks/*", lambda route: route.fulfill(status=409, json=refusal))
    start_clip(visit)
    visit.get_by_text("A part of the last recording was not taken.").wait_for()
    visit.unroute("**/chunks/*")
    load_again(visit)

    assert completion_code(visit) == Assignment.objects.get().completion_code
    trial = Trial.objects.get()
    assert trial.phase == Trial.Phase.FINISHED
    assert trial.chunks.count() == trial.chunks_announced


@pytest.mark.parametrize("visit", [RESUME], indirect=True)
def test_a_second_vain_try_loads_the_page_again_where_that_costs_nothing(visit):
    visit.route("**/visits/next-trial", lambda route: route.fulfill(json={"state": "of another version"}))
    begin(visit)
    load_again(visit)
    with visit.expect_navigation():
        load_again(visit)
    visit.unroute("**/visits/next-trial")
    begin(visit)
    start_clip(visit)

    assert completion_code(visit) == Assignment.objects.get().completion_code


@pytest.mark.parametrize("visit", [BLOCK | {"script": KEEP_DATABASE}], indirect=True)
def test_a_database_that_the_browser_closes_is_opened_again(visit):
    complaints: list[str] = []
    visit.on("console", lambda said: complaints.append(said.text) if said.type == "warning" else None)
    begin(visit)
    start_clip(visit)
    visit.evaluate("window.database.close()")

    assert completion_code(visit) == Assignment.objects.get().completion_code
    assert Trial.objects.get().phase == Trial.Phase.FINISHED
    assert complaints == []


@pytest.mark.parametrize("visit", [BLOCK | {"script": NO_DATABASE}], indirect=True)
def test_a_browser_that_keeps_nothing_is_told_of_and_serves_all_the_same(visit):
    begin(visit)
    visit.locator("#memory-only").wait_for()
    start_clip(visit)

    assert completion_code(visit) == Assignment.objects.get().completion_code
    assert Trial.objects.get().phase == Trial.Phase.FINISHED


@pytest.mark.parametrize("visit", [RESUME | {"script": KEEP_FAREWELLS}], indirect=True)
def test_a_page_that_goes_away_hands_the_browser_what_still_waits(visit, context):
    address = visit.url
    begin(visit)
    start_clip(visit)
    context.set_offline(True)
    visit.wait_for_function("() => document.getElementById('clip').currentTime > 1")
    visit.goto("about:blank")
    context.set_offline(False)
    visit.goto(address)

    left = visit.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('left '))")
    trial = Trial.objects.get()
    assert [at for at in left if f"/trials/{trial.pk}/chunks/" in at]


@pytest.mark.parametrize("visit", [{"resume": {"policy": "restart"}}], indirect=True)
def test_whoever_comes_back_where_the_study_begins_again_loses_nothing_that_was_recorded(visit):
    begin(visit)
    start_clip(visit)
    visit.wait_for_function("() => document.getElementById('clip').currentTime > 1")
    visit.reload()
    pass_the_check(visit)
    begin(visit)
    start_clip(visit)

    assert completion_code(visit) == Assignment.objects.get().completion_code
    first, second = Trial.objects.order_by("number")
    assert (first.phase, second.phase) == (Trial.Phase.INTERRUPTED, Trial.Phase.FINISHED)
    assert max(marks_of(first)) - min(marks_of(first)) > 900_000
    assert not ProblemReport.objects.exists()


def test_whoever_leaves_the_whole_screen_at_the_mark_is_asked_there_once_more(visit):
    begin(visit)
    visit.get_by_role("button", name="Show the video").click()
    visit.locator("#mark:enabled").wait_for()
    visit.evaluate("document.exitFullscreen()")
    visit.wait_for_function("document.fullscreenElement === null")
    visit.locator("#mark:enabled").click()
    visit.locator("#mark:disabled").wait_for()
    assert visit.evaluate("document.fullscreenElement !== null")
    visit.locator("#mark:enabled").click()

    assert completion_code(visit) == Assignment.objects.get().completion_code
    assert Trial.objects.get().summary["fullscreen_left"] == 0


DENIED = "Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('denied'));"


@pytest.mark.parametrize("visit", [BLOCK | {"script": DENIED}], indirect=True)
def test_a_whole_screen_that_the_browser_denies_stands_in_the_record(visit):
    begin(visit)
    start_clip(visit)

    assert completion_code(visit) == Assignment.objects.get().completion_code
    trial = Trial.objects.get()
    assert trial.summary["fullscreen_left"] == 1
    assert "fullscreen_left" in events_of(trial)


def test_while_the_mark_waits_the_keyboard_reaches_the_mark_and_the_ways_beside_it_alone(visit):
    begin(visit)
    visit.get_by_role("button", name="Show the video").click()
    visit.locator("#mark:enabled").wait_for()
    reached = set()
    for _ in range(8):
        reached.add(visit.evaluate(FOCUSED))
        visit.keyboard.press("Tab")
    assert reached - {"nothing"} == {"mark", "problem-dialog", "withdraw-dialog"}

    visit.locator("#mark-ways").get_by_role("button", name="Report a problem").click()
    dialog = visit.locator("#problem-dialog")
    dialog.get_by_role("textbox").fill("The countdown is in my way")
    dialog.get_by_role("button", name="Send").click()
    dialog.get_by_text("Thank you, we have received it.").wait_for()
    visit.keyboard.press("Escape")
    visit.locator("#mark").click()

    assert completion_code(visit) == Assignment.objects.get().completion_code
    assert ProblemReport.objects.get().text == "The countdown is in my way"
    assert visit.locator("[inert]").count() == 0


def test_whoever_stops_at_the_mark_has_withdrawn(visit):
    begin(visit)
    visit.get_by_role("button", name="Show the video").click()
    visit.locator("#mark:enabled").wait_for()
    visit.locator("#mark-ways").get_by_role("button", name="Stop taking part").click()
    visit.locator("#withdraw-dialog").get_by_role("button", name="Stop taking part").click()
    visit.locator("#mark").wait_for(state="detached")

    assert Assignment.objects.get().step == Assignment.Step.WITHDRAWN
