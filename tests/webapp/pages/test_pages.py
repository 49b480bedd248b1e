"""Every page, seen by those who may and by those who may not, with nothing, much and odd on it."""

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collector.models import Study
from tests.webapp.pages import world

STAFF_LISTS = ["/studies/", "/stimuli/"]
RESEARCHER_LISTS = ["/datasets/", "/leaderboard/"]
LONG = "A title that somebody pasted from an abstract " * 4


@pytest.fixture
def curator(client, db):
    client.force_login(world.staff())
    return client


@pytest.fixture
def researcher(client, db):
    client.force_login(world.researcher())
    return client


def pages_of(study, release, run, plan, evaluation):
    slug = release.slug
    return {
        "study": f"/studies/{study.slug}/",
        "stimulus": f"/stimuli/{study.version.stimuli.first().name}/",
        "plan": f"/plans/{plan.pk}/",
        "dataset": f"/datasets/{study.slug}/v{release.number}/",
        "board": f"/leaderboard/{slug}/",
        "scores": f"/leaderboard/{slug}/scores/{evaluation.pk}/",
        "run": f"/runs/{run.pk}/",
    }


STAFF_PAGES = ["study", "stimulus", "plan"]
RESEARCHER_PAGES = ["dataset", "board", "scores", "run"]


@pytest.mark.parametrize("address", STAFF_LISTS + RESEARCHER_LISTS)
def test_strangers_are_sent_to_log_in(client, db, address):
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_strangers_see_no_page_of_a_study_or_a_release(client, db):
    for address in pages_of(*world.whole_life()).values():
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/"), address


def test_researchers_see_releases_but_nothing_of_the_studies(researcher):
    addresses = pages_of(*world.whole_life())
    assert {researcher.get(addresses[name]).status_code for name in RESEARCHER_PAGES} == {200}
    assert {researcher.get(addresses[name]).status_code for name in STAFF_PAGES} == {403}
    assert {researcher.get(address).status_code for address in STAFF_LISTS} == {403}


def test_researchers_do_not_get_the_private_truth(researcher):
    study, release, *_ = world.whole_life()
    page = researcher.get(f"/datasets/{study.slug}/v1/").content.decode()
    assert release.public_sha256 in page
    assert release.private_sha256 not in page


def test_researchers_do_not_see_a_release_that_is_not_finished(researcher):
    study, release, *_ = world.whole_life()
    type(release).objects.update(state="running")
    assert researcher.get(f"/datasets/{study.slug}/v1/").status_code == 404
    assert study.title not in researcher.get("/datasets/").content.decode()


@pytest.mark.parametrize("address", ["/", *STAFF_LISTS, *RESEARCHER_LISTS])
def test_an_empty_site_says_what_belongs_on_each_page(curator, address):
    page = curator.get(address)
    assert page.status_code == 200
    assert "yet" in page.content.decode()


def test_a_study_without_a_version_offers_to_freeze_one(curator):
    Study.objects.create(slug="bare", title="Bare")
    assert "Freeze the first version" in curator.get("/studies/bare/").content.decode()


def test_every_page_shows_a_whole_life_with_long_names(curator):
    for name, address in pages_of(*world.whole_life(title=LONG.strip()[:200])).items():
        assert curator.get(address).status_code == 200, name


def test_titles_and_reports_are_shown_as_text_and_never_run(curator):
    study, _release, *_ = life = world.whole_life(title="<script>alert(1)</script>")
    world.make_problem(world.make_visit(study), "<img src=x onerror=alert(1)>")
    for address in pages_of(*life).values():
        page = curator.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_no_page_carries_a_script_of_its_own(curator):
    for address in pages_of(*world.whole_life()).values():
        page = curator.get(address).content.decode()
        assert page.count("<script") == page.count("<script src") + page.count(
            '<script type="module" src'
        ) + page.count('type="application/json"')
        assert " onclick=" not in page


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["study", "stimulus", "plan", "dataset", "board", "scores", "run"])
def test_a_page_asks_the_database_as_often_for_many_rows_as_for_few(curator, name):
    few = pages_of(*world.whole_life("few", clips=4, visits=2, teams=1))[name]
    many = pages_of(*world.whole_life("many", clips=9, visits=7, teams=6))[name]
    curator.get(few)  # what is asked once in the life of a process
    assert queries(curator, many) <= queries(curator, few)


@pytest.mark.parametrize("address", ["/", *STAFF_LISTS, *RESEARCHER_LISTS])
def test_a_list_asks_the_database_as_often_for_many_rows_as_for_few(curator, address):
    world.whole_life("first")
    curator.get(address)
    before = queries(curator, address)
    for slug in ("second", "third", "fourth"):
        world.whole_life(slug)
    assert queries(curator, address) <= before


def test_a_thousand_submissions_are_cut_into_pages(curator):
    _study, release, *_ = world.whole_life()
    world.Submission.objects.bulk_create(
        world.Submission(release=release, name=f"crowd {n}", predictions_sha256="a", predictions_bytes=1)
        for n in range(1000)
    )
    rows = world.Submission.objects.filter(name__startswith="crowd")
    world.Evaluation.objects.bulk_create(
        world.Evaluation(submission=row, state="done", **world.SCORES) for row in rows
    )
    page = curator.get(f"/leaderboard/{release.slug}/?page=2").content.decode()
    assert "51–100 of 1002" in page
    assert page.count("Clip by clip") == 50


def test_the_board_sorts_by_a_metric_and_falls_back_on_nonsense(curator):
    _, release, *_ = world.whole_life(teams=3)
    address = f"/leaderboard/{release.slug}/"
    page = curator.get(f"{address}?sort=-cc").content.decode()
    assert page.index("team 2") < page.index("team 1") < page.index("team 0")
    assert curator.get(f"{address}?sort=nonsense&page=one").status_code == 200


def test_the_private_board_is_for_staff(curator, client):
    _, release, *_ = world.whole_life()
    evaluation = world.make_scores(release, "secret net")
    world.Submission.objects.filter(name="secret net").update(subset="private_test")
    address = f"/leaderboard/{release.slug}/?subset=private_test"
    assert "secret net" in curator.get(address).content.decode()
    client.force_login(world.researcher())
    assert "secret net" not in client.get(address).content.decode()
    assert client.get(f"/leaderboard/{release.slug}/scores/{evaluation.pk}/").status_code == 404


def test_failed_clips_stand_with_their_reasons(curator):
    _, release, *_ = world.whole_life()
    evaluation = world.make_scores(
        release,
        "broken",
        state="failed",
        last_error="1 clip could not be scored",
        results={"videos": {}, "failed": {"clip-a": "prediction missing"}},
    )
    page = curator.get(f"/leaderboard/{release.slug}/scores/{evaluation.pk}/").content.decode()
    assert "prediction missing" in page
    assert "1 clip could not be scored" in curator.get(f"/leaderboard/{release.slug}/").content.decode()


def test_htmx_gets_the_moving_part_of_a_page_alone(curator):
    *_, _run, _plan, _evaluation = life = world.whole_life()
    addresses = pages_of(*life)
    for name in ("plan", "run", "scores"):
        part = curator.get(addresses[name], headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part, name
    assert 'hx-trigger="every 2s"' in curator.get(addresses["plan"]).content.decode()
    assert "hx-trigger" not in curator.get(addresses["run"]).content.decode()


def test_a_simulated_release_says_so_loudly(curator):
    study, release, *_ = world.whole_life()
    type(release).objects.update(simulated=True)
    assert "Simulated data" in curator.get(f"/datasets/{study.slug}/v1/").content.decode()


def test_a_study_that_looks_like_a_release_keeps_its_board(curator):
    _, release, *_ = world.whole_life("clouds-v2")
    assert reverse("pages:board", args=["clouds-v2", 1]) == "/leaderboard/clouds-v2-v1/"
    assert curator.get(f"/leaderboard/{release.slug}/").status_code == 200


def test_what_is_not_there_is_a_page_and_not_a_fault(curator):
    for address in (
        "/studies/none/",
        "/stimuli/none/",
        "/plans/9999999999999/",
        "/runs/99/",
        "/datasets/x/v1/",
    ):
        answer = curator.get(address)
        assert answer.status_code == 404, address
        assert "There is nothing here" in answer.content.decode()


@pytest.mark.parametrize(
    "path", ["keep_open.js", "replay/main.js", "replay/heat.js", "replay/points.js", "cursal.css"]
)
def test_what_pages_refer_to_is_served(path):
    assert finders.find(path)


def test_a_thousand_clips_are_drawn_as_bars_and_cut_into_pages(curator):
    study = world.make_study("crowds", clips=1000)
    world.make_visit(study, grades=["valid"] * 5)
    release = world.make_release(study, world.make_builds(study, world.make_recipe()))
    page = curator.get(f"/studies/{study.slug}/?clips_sort=-valid").content.decode()
    assert page.count('<rect class="space"') == 1000
    assert "1–25 of 1000" in page
    assert "1–24 of 1000" in curator.get("/stimuli/").content.decode()
    card = curator.get(f"/datasets/{study.slug}/v{release.number}/").content.decode()
    assert "1–25 of 1000" in card
    assert card.count('class="dot reactive') == 1000
