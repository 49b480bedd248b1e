"""Each page and each screen of the observer's, as a person meets it: at three sizes of screen, in every language.

The pages' scripts are kept out, so that every screen can be looked at without walking to it.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from collector import texts
from collector.models import Assignment
from collector.services import visits
from tests.collector.world import open_study

Step = Assignment.Step
SIZES = {"small": (1280, 720), "common": (1920, 1080), "large": (3840, 2160)}
# A folder for pictures of all of them, for whoever wants to look.
PICTURES = os.environ.get("CURSAL_SCREENSHOTS")

SHOW_ONLY = """wanted => {
    for (const screen of document.querySelectorAll("[data-screen]")) {
        screen.hidden = screen.dataset.screen !== wanted;
        for (const part of screen.querySelectorAll("[data-way-out], .actions")) part.hidden = false;
    }
}"""
SAY_SOMETHING = """words => {
    for (const place of document.querySelectorAll("[data-text]")) {
        if (!place.textContent.trim()) place.textContent = words;
    }
}"""
LAID_OUT = """() => {
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
    const seen = document.querySelector("dialog[open]") ?? document;
    const outside = [...seen.querySelectorAll("button, a, input, output, textarea")].filter((part) => {
        const at = part.getBoundingClientRect();
        return part.checkVisibility() && !part.classList.contains("skip") && at.width > 0
            && (at.left < 0 || at.top < 0 || at.right > clientWidth || at.bottom > clientHeight);
    });
    return {
        sideways: scrollWidth - clientWidth,
        down: scrollHeight - clientHeight,
        outside: outside.map((part) => part.textContent.trim() || part.id),
    };
}"""
FITS = {"sideways": 0, "down": 0, "outside": []}


@pytest.fixture
def visit(transactional_db) -> tuple[Assignment, str]:
    """A visit of a study that checks everything, with reasons and codes for each of its ends."""
    study = open_study(
        "films", practice=True, viewing={"calibration": "offered"}, checks={"sound": "start_and_middle"}
    )
    assignment, token = visits.visit_start(
        study=study, recruiter_parameters={"PROLIFIC_PID": "p1"}, language="en"
    )
    ends = {"exit_reason": "too_slow", "exit_code": "3F9A01C2", "completion_code": "AB12CD34"}
    Assignment.objects.filter(pk=assignment.pk).update(**ends)
    return assignment, token


@pytest.fixture
def quiet(page: Page) -> Page:
    """A page whose scripts do not run."""
    page.route("**/player/main*.js", lambda route: route.abort())
    return page


def screens_of(page: Page) -> list[str]:
    """Names of the page's screens; one nameless for pages that have none."""
    names = page.eval_on_selector_all("[data-screen]", "all => all.map((screen) => screen.dataset.screen)")
    return names or [""]


def each_screen(page: Page, address: str, token: str, visit: Assignment):
    """Shows every screen of every step in every language; yields language, step and screen."""
    for step in Step.values:
        Assignment.objects.filter(pk=visit.pk).update(step=step)
        for language in texts.LANGUAGES:
            page.goto(f"{address}/visit/{token}/?lang={language}")
            page.evaluate(SAY_SOMETHING, texts.catalogue(language)["player"]["remedy_refresh"])
            for screen in screens_of(page):
                page.evaluate(SHOW_ONLY, screen)
                yield language, step, screen


@pytest.mark.long(25)
def test_nothing_has_to_be_scrolled_and_every_button_is_in_sight(live_server, quiet, visit):
    assignment, token = visit
    misfits = {}
    for where in each_screen(quiet, live_server.url, token, assignment):
        for name, (width, height) in SIZES.items():
            quiet.set_viewport_size({"width": width, "height": height})
            if PICTURES:
                language, step, screen = where
                quiet.screenshot(path=Path(PICTURES) / f"{step}-{screen}-{language}-{name}.png")
            found = quiet.evaluate(LAID_OUT)
            if found != FITS:
                misfits[(*where, name)] = found
    assert misfits == {}


def test_dialogs_fit_a_small_screen(live_server, quiet, visit):
    _, token = visit
    quiet.set_viewport_size({"width": 1280, "height": 720})
    quiet.goto(f"{live_server.url}/visit/{token}/")
    for dialog in ("problem-dialog", "withdraw-dialog", "leave-dialog"):
        quiet.evaluate("id => document.getElementById(id).showModal()", dialog)
        assert quiet.evaluate(LAID_OUT)["outside"] == []
        quiet.evaluate("id => document.getElementById(id).close()", dialog)


@pytest.mark.long(30)
def test_nothing_keeps_people_out(live_server, quiet, visit, node_modules):
    """What axe finds against WCAG 2.2 A and AA, and against its own best practices."""
    assignment, token = visit
    rules = (node_modules / "axe-core" / "axe.min.js").read_text()
    violations = {}
    for where in each_screen(quiet, live_server.url, token, assignment):
        if not quiet.evaluate("'axe' in window"):
            quiet.evaluate(rules)
        found = quiet.evaluate("async () => (await axe.run()).violations")
        if found:
            violations[where] = [(rule["id"], rule["nodes"][0]["html"]) for rule in found]
    assert violations == {}


@pytest.mark.parametrize("address", ["/visit/forged/", "/study/films/?simulated=forged"])
def test_a_link_that_does_not_work_says_what_to_do(live_server, page, visit, address):
    page.goto(f"{live_server.url}{address}")
    assert page.get_by_text("Please open the link of the study once more").is_visible()
    assert page.get_by_text("please return your place there").is_visible()
    assert page.evaluate(LAID_OUT) == FITS
