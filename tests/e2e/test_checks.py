"""The observer's pages in a real browser: the check and its ways out, the keyboard, sizes, and accessibility."""

import pytest
from playwright.sync_api import Page, expect

from collector.models import Assignment, SoundCheck, Trial
from collector.services import studies
from collector.study_document import StudyDocument
from tests.collector.world import make_stimulus
from tests.e2e.observer import (
    agree,
    agree_and_pass_the_check,
    count_the_tones,
    follow_the_dot,
    pass_the_device_list,
    pass_the_sound_check,
    point_with_a_mouse,
    shown,
)
from tests.e2e.watching import begin, completion_code, start_clip
from tests.e2e.world import SHORT, clip_of
from tests.e2e.world import open_study as open_films

Step = Assignment.Step
# The tests' machine may be busy with other things; how fast it draws is for the benchmarks to say.
ANY_COMPUTER = {"slow_drawing": True}


@pytest.fixture
def open_study(site):
    """Opens the study `films` with a document of the test's choice; returns its link."""

    def open_with(**document) -> str:
        study = studies.study_create(slug="films", title="Short films")
        checks = {"sound": "off", "follow_min_share": 0} | ANY_COMPUTER
        wanted = {"checks": checks} | document
        studies.study_version_freeze(
            study=study,
            document=StudyDocument.from_mapping({"title": "Short films"} | wanted),
            stimuli=[make_stimulus("film")],
            practice=make_stimulus("practice"),
        )
        studies.study_open(study=study)
        site.start("web")
        return f"{site.url}/study/films/"

    return open_with


def leave_with_the_code(page: Page) -> str:
    """Take the way out of the screen that is shown; returns the code of the page that follows."""
    page.locator("[data-way-out]:visible button").click()
    page.get_by_role("button", name="Stop and show the code").click()
    return page.locator("#code").inner_text()


@pytest.mark.long(30)
def test_everything_that_a_study_can_check_is_passed_and_written_down(open_study, page):
    page.goto(open_study(checks={"follow_seconds": 2} | ANY_COMPUTER, viewing={"calibration": "required"}))
    agree_and_pass_the_check(page)

    visit = Assignment.objects.get()
    assert visit.step == Step.PRACTICE
    results = visit.checks.get(passed=True).results
    assert set(results) == {
        "desktop", "browser", "window", "picture", "storage", "site", "mouse", "refresh", "drawing",
        "pointing", "calibration", "follow", "sound",
    }  # fmt: skip
    assert all(result["passed"] for result in results.values())
    assert results["follow"]["value"] >= 0.6
    assert results["picture"]["value"] == "plays"
    # 300 px for 85.6 mm, and a degree at 60 cm takes 10.47 mm.
    assert visit.px_per_deg == pytest.approx(36.7, abs=0.1)
    assert visit.renderer in ("webgl2", "2d")
    clock = visit.environment["clock"]
    assert 0 <= clock["round_trip_us"] < 60_000_000
    assert clock["offset_us"] > 0
    assert visit.environment["window_width"] == 1366


def test_a_hand_that_does_not_follow_is_told_so_and_may_try_again(open_study, drawing_known, page):
    page.goto(open_study(checks={"sound": "off", "follow_seconds": 2} | ANY_COMPUTER))
    agree(page)
    pass_the_device_list(page)
    point_with_a_mouse(page)
    field = page.locator("[data-area]").bounding_box()
    page.mouse.move(field["x"] + field["width"] / 2, field["y"] + field["height"] / 2)
    page.mouse.move(0, 0)
    page.get_by_role("alert").get_by_text("The cursor was near the dot").wait_for()
    page.locator("[data-screen=follow]").get_by_role("button", name="Try again").click()
    follow_the_dot(page)
    page.get_by_text("Everything works").wait_for()
    assert [check.passed for check in Assignment.objects.get().checks.order_by("pk")] == [False, True]


def test_who_cannot_count_the_tones_leaves_with_a_code_that_says_so(open_study, drawing_known, page):
    page.goto(
        open_study(
            checks={"follow_min_share": 0, "sound_tries": 2} | ANY_COMPUTER,
            return_url="https://panel.test/{code}",
        )
    )
    agree(page)
    pass_the_device_list(page)
    point_with_a_mouse(page)
    count_the_tones(page, mistake=1)
    page.get_by_role("alert").get_by_text("one more try").wait_for()
    count_the_tones(page, mistake=1)
    page.get_by_role("button", name="Stop and show the code").click()

    code = page.locator("#code").inner_text()
    visit = Assignment.objects.get()
    assert (visit.step, visit.exit_reason, visit.exit_code) == (Step.SCREENED, "sound_failed", code)
    assert page.get_by_text("The sound could not be heard well enough here.").is_visible()
    back = page.get_by_role("link", name="Back to where you came from")
    assert back.get_attribute("href") == f"https://panel.test/{code}"


def test_hearing_nothing_costs_no_try_and_says_what_helps(open_study, drawing_known, page):
    page.goto(open_study(checks={"follow_min_share": 0} | ANY_COMPUTER))
    agree(page)
    pass_the_device_list(page)
    point_with_a_mouse(page)
    page.locator("[data-play]").click()
    page.locator(".answers:enabled").wait_for()
    page.get_by_role("button", name="I heard nothing").click()
    page.get_by_text("is the volume up").wait_for()
    count_the_tones(page)
    page.get_by_role("alert").get_by_text("Once more, to be sure").wait_for()
    assert not page.get_by_text("Everything works").is_visible()
    expect(page.locator("[data-play]")).to_be_focused()  # once the new tones are here
    count_the_tones(page)
    page.get_by_text("Everything works").wait_for()


def test_a_touchpad_is_asked_to_make_room_for_a_mouse(open_study, drawing_known, page):
    page.goto(open_study())
    agree(page)
    pass_the_device_list(page)
    page.get_by_role("button", name="A touchpad").click()
    page.get_by_text("If you have a mouse, please plug it in").wait_for()
    leave_with_the_code(page)
    assert Assignment.objects.get().exit_reason == "touch"


def test_a_small_window_is_told_its_size_and_passes_once_it_is_large_enough(open_study, drawing_known, page):
    page.set_viewport_size({"width": 900, "height": 700})
    page.goto(open_study(fullscreen=False))
    agree(page)
    page.get_by_text("at least 1000 by 600, and it is 900×700").wait_for()
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_role("button", name="Try again").click()
    pass_the_device_list(page)
    assert shown(page) == "pointing"


def test_the_way_out_can_be_thought_over_by_keyboard(open_study, drawing_known, page):
    page.goto(open_study())
    agree(page)
    pass_the_device_list(page)
    page.get_by_role("button", name="A touchpad").focus()
    page.keyboard.press("Enter")
    opener = page.locator("[data-way-out]:visible button")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Stop here?")
    expect(dialog).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        assert page.evaluate(inside)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    assert Assignment.objects.get().step == Step.CHECK


@pytest.mark.long(20)
def test_in_the_middle_of_the_clips_the_tones_are_counted_once_more(site, page, drawing_known, tmp_path):
    clips = [clip_of(name, seed, tmp_path, frames=60) for seed, name in enumerate(("film-a", "film-b"), 1)]
    open_films(clips, checks=SHORT["checks"] | {"sound": "start_and_middle"})
    site.start("web")
    page.goto(f"{site.url}/study/films/")
    agree_and_pass_the_check(page)
    begin(page)
    start_clip(page)
    page.locator("[data-screen=sound]:visible").wait_for()
    assert Trial.objects.filter(phase=Trial.Phase.FINISHED).count() == 1
    pass_the_sound_check(page)
    start_clip(page)

    assert completion_code(page) == Assignment.objects.get().completion_code
    moments = SoundCheck.objects.order_by("created_at").values_list("moment", flat=True)
    assert list(moments) == ["start", "start", "middle", "middle"]
