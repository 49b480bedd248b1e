"""The curators' and researchers' pages in a real browser: what moves, what refreshes itself, what fits a phone."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from collector import blobs
from collector.models import Rendition
from processing.layouts import write_fixations
from processing.synthetic import SyntheticClip, write_clip
from tests.webapp.pages import world
from webapp.accounts.invitations import invitation_token
from webapp.baselines.models import BaselineRun
from webapp.datasets.models import Build
from webapp.leaderboard.models import Evaluation
from webapp.plans.models import Plan

WIDTH, HEIGHT, FPS, FRAMES = 320, 180, Fraction(30), 45
PHONE = {"width": 390, "height": 844}


def point(frame):
    """Where the one fixation point of a frame lies: row, column."""
    return 20 + 3 * frame, 40 + 5 * frame


def give_files(stimulus, build, folder):
    """A playable clip for a stimulus, and fixation points that follow a known line for its build."""
    clip, points = folder / "clip.mp4", folder / "fixations.json"
    write_clip(clip, SyntheticClip(4, WIDTH, HEIGHT, FPS, FRAMES))
    write_fixations(points, [[point(frame)] for frame in range(FRAMES)])
    stored = blobs.store("media", clip)
    size = {"width": WIDTH, "height": HEIGHT, "frames": FRAMES}
    Rendition.objects.filter(pk=build.rendition_id).update(sha256=stored.sha256, bytes=stored.bytes, **size)
    report = {"frames": FRAMES, "sigma_px": 0.03 * WIDTH}
    products = blobs.store("products", points)
    Build.objects.filter(pk=build.pk).update(fixations_sha256=products.sha256, report=report)


@pytest.fixture
def life(transactional_db, tmp_path):
    study, release, run, plan, evaluation = world.whole_life(teams=3)
    build = Build.objects.order_by("pk").first()
    give_files(build.rendition.stimulus, build, tmp_path)
    return study, release, run, plan, evaluation


@pytest.fixture
def curator(live_server, page, transactional_db):
    """A page whose reader is logged in; it must not complain, least of all of the content security policy."""
    world.staff()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Username").fill("curator")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Studies").wait_for()
    yield page
    assert not [
        said for said in complaints if "404" not in said
    ]  # the other clips of this world have no files


def pixel(page, row, column):
    """Opacity of the overlay at a video pixel, 0 to 255."""
    return page.evaluate(
        "([row, column]) => document.querySelector('.replay canvas').getContext('2d')"
        ".getImageData(column, row, 1, 1).data[3]",
        [row, column],
    )


def frame_shown(page):
    return int(page.locator("#replay").get_attribute("data-frame"))


def test_the_player_shows_the_fixation_points_of_the_frame_that_it_shows(life, curator, live_server):
    study = life[0]
    curator.goto(f"{live_server.url}/stimuli/{study.version.stimuli.order_by('name').first().name}/")
    expect(curator.get_by_text("1 fixation point")).to_be_visible()
    assert pixel(curator, *point(0)) > 200
    assert pixel(curator, *point(30)) == 0

    curator.get_by_role("button", name="One frame forward").click()
    expect(curator.locator("#replay")).to_have_attribute("data-frame", "1")
    curator.get_by_role("slider", name="Frame").fill("30")
    assert frame_shown(curator) == 30
    assert pixel(curator, *point(30)) > 200
    assert abs(curator.evaluate("document.querySelector('.replay video').currentTime") - 30.5 / 30) < 0.01

    curator.get_by_label("Fixation points").uncheck()
    assert 0 < pixel(curator, *point(30)) < 200  # the heat is still there, and lets the picture through
    curator.get_by_label("Heat overlay").uncheck()
    assert pixel(curator, *point(30)) == 0

    curator.get_by_role("slider", name="Frame").fill("0")
    curator.get_by_role("button", name="Play").click()
    expect(curator.locator("#replay")).to_have_attribute("data-frame", str(FRAMES - 1))


def test_a_row_of_the_board_opens_to_its_clips(life, curator, live_server):
    _, release, *_ = life
    curator.goto(f"{live_server.url}/leaderboard/{release.slug}/")
    row = curator.locator("tbody", has_text="center_prior")
    row.get_by_text("Clip by clip").click()
    expect(row.get_by_text(release.split.document["public_test"][0])).to_be_visible()
    row.get_by_role("link", name="All 1 clips").click()
    expect(curator.get_by_role("heading", name="center_prior")).to_be_visible()


def test_a_plan_shows_its_end_without_being_asked(life, curator, live_server):
    *_, plan, _evaluation = life
    curator.goto(f"{live_server.url}/plans/{plan.pk}/")
    expect(curator.locator("#plan > p .badge")).to_have_text("running")
    curator.get_by_text("Last lines of its log").click()
    Plan.objects.filter(pk=plan.pk).update(state="done")
    expect(curator.locator("#plan > p .badge")).to_have_text("done", timeout=10_000)
    expect(curator.get_by_text("epoch 2")).to_be_visible()  # what was open stays open
    assert curator.locator("#plan").get_attribute("hx-get") is None


def test_a_run_shows_what_it_learns_without_being_asked(life, curator, live_server, tmp_path):
    _, release, *_ = life
    shown = []
    for step in (10, 20):
        picture = tmp_path / f"{step}.png"
        cv2.imwrite(str(picture), np.full((9, 48), step, np.uint8))
        shown.append({"step": step, "sha256": blobs.store("products", picture).sha256})
    run = world.make_run(release, state="running", phase="train", samples=shown[:1], curve=[])
    curator.goto(f"{live_server.url}/runs/{run.pk}/")
    first = curator.get_by_alt_text("Picture, truth and prediction at step 10")
    expect(first).to_have_js_property("naturalWidth", 48)
    first.evaluate("picture => { picture.dataset.loaded = 'once' }")

    scores = [{"step": step, "best": True, "cc": step / 100} for step in (10, 20)]
    rows = BaselineRun.objects.filter(pk=run.pk)
    rows.update(
        samples=shown, curve=[[10, 2.5], [20, 1.5]], validation=scores, progress_done=20, progress_total=40
    )
    expect(curator.get_by_alt_text("Picture, truth and prediction at step 20")).to_be_visible(timeout=10_000)
    expect(curator.get_by_role("group", name="CC ↑ against the step")).to_be_visible()
    expect(curator.get_by_text("20 of 40 steps")).to_be_visible()
    expect(first).to_have_attribute("data-loaded", "once")  # its new address is not loaded again

    rows.update(state="cancelled", kept_sha256="c" * 64)
    expect(curator.get_by_role("button", name="Resume")).to_be_visible(timeout=10_000)
    assert curator.locator("#run").get_attribute("hx-get") is None


def test_coverage_is_a_bar_a_clip_with_a_table_behind_it(life, curator, live_server):
    study = life[0]
    curator.goto(f"{live_server.url}/studies/{study.slug}/")
    assert curator.locator("svg.coverage g").count() == 4
    curator.get_by_text("The same as a table").click()
    curator.get_by_role("link", name="Valid", exact=True).click()
    expect(curator.get_by_role("link", name=f"{study.slug}-0")).to_be_visible()  # sorted, and still open


def test_failed_work_is_tried_again_from_the_study_page(life, curator, live_server, monkeypatch):
    study, *_, evaluation = life
    Evaluation.objects.filter(pk=evaluation.pk).update(state="failed", last_error="the scorer was killed")
    curator.goto(f"{live_server.url}/studies/{study.slug}/")
    expect(curator.get_by_text("the scorer was killed")).to_be_visible()
    told = []
    monkeypatch.setattr("collector.work.enqueue", lambda task, pk, **queue: told.append((task, pk)))
    curator.get_by_role("button", name="Try again").click()
    expect(curator.get_by_text("in line again")).to_be_visible()
    evaluation.refresh_from_db()
    assert evaluation.state == "waiting"
    assert told == [(Evaluation.task, evaluation.pk)]


def test_no_page_needs_scrolling_sideways_on_a_phone(life, curator, live_server):
    study, release, run, plan, evaluation = life
    curator.set_viewport_size(PHONE)
    name = study.version.stimuli.first().name
    board = f"/leaderboard/{release.slug}/"
    for address in [
        "/",
        "/studies/",
        f"/studies/{study.slug}/",
        "/stimuli/",
        f"/stimuli/{name}/",
        f"/plans/{plan.pk}/",
        "/datasets/",
        f"/datasets/{study.slug}/v1/",
        "/leaderboard/",
        board,
        f"{board}scores/{evaluation.pk}/",
        f"/runs/{run.pk}/",
        "/runs/new/",
        "/accounts/",
        "/accounts/invite/",
    ]:
        curator.goto(f"{live_server.url}{address}")
        assert curator.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address


def test_an_invited_researcher_makes_a_login_and_sees_datasets_alone(life, page, live_server):
    page.goto(f"{live_server.url}/accounts/join/{invitation_token('ada@example.org')}/")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Password", exact=True).fill("an analytical engine")
    page.get_by_label("Password again").fill("an analytical engine")
    page.get_by_role("button", name="Make my login").click()
    expect(page.get_by_role("heading", name="Datasets")).to_be_visible()
    assert page.get_by_role("link", name="Studies").count() == 0
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()
