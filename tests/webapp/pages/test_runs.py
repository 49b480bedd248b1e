"""A run's page while it runs and after, the form that starts one, and what the board says of it."""

import pytest

from tests.webapp.pages import world
from webapp.baselines.models import BaselineRun
from webapp.leaderboard.models import Submission

VALIDATION = [
    {"step": 10, "best": True, "cc": 0.41, "sim": 0.3, "nss": 1.1, "kld": 1.9},
    {"step": 20, "best": True, "cc": 0.62, "sim": 0.4, "nss": 1.9, "kld": 1.2},
    {"step": 30, "best": False, "cc": 0.58, "sim": 0.4, "nss": 1.8, "kld": None},
]
FIGURES = {"parameters": 3_700_000, "gflop_per_frame": 2.41, "ms_per_frame": 31.27, "memory_mb": 812.4}


@pytest.fixture
def curator(client, db):
    client.force_login(world.staff())
    return client


@pytest.fixture
def life(db):
    return world.whole_life()


@pytest.fixture
def page_of(curator):
    return lambda run, **headers: curator.get(f"/runs/{run.pk}/", headers=headers).content.decode()


def test_the_page_of_a_running_run_shows_curves_and_samples_and_asks_for_more(life, page_of):
    run = world.make_run(
        life[1],
        state="running",
        phase="train",
        validation=VALIDATION,
        samples=[{"step": 10, "sha256": "a" * 64}, {"step": 20, "sha256": "b" * 64}],
    )
    page = page_of(run, **{"HX-Request": "true"})
    assert 'hx-trigger="every 2s"' in page
    for name in ("CC ↑", "SIM ↑", "NSS ↑", "KLD ↓"):
        assert f'aria-label="{name} against the step"' in page
    assert "0.6200" in page
    assert "those of step 20" in page
    # Newest first, and kept by the browser over the next answer, whose signed address is another.
    assert page.index("sample-20-bbbbbbbbbbbb") < page.index("sample-10-aaaaaaaaaaaa")
    assert page.count('hx-preserve="true"') == 2
    assert page.count("/step-20.png") == 2


@pytest.mark.parametrize(("subset", "opens"), [("public_test", True), ("private_test", False)])
def test_a_run_leads_to_its_scores_for_those_who_may_open_them(life, client, page_of, subset, opens):
    _, _, run, _, evaluation = life
    Submission.objects.update(subset=subset)
    link = f"/scores/{evaluation.pk}/"
    assert link in page_of(run)
    client.force_login(world.researcher())
    assert (link in client.get(f"/runs/{run.pk}/").content.decode()) is opens


def test_a_run_says_what_its_model_costs(life, page_of):
    page = page_of(world.make_run(life[1], **FIGURES))
    for figure in ("3.70 M", "2.41", "31.3", "812"):
        assert f"<dd>{figure}</dd>" in page


@pytest.mark.parametrize(
    ("state", "kept", "button", "words"),
    [
        ("running", "", "Cancel the run", ""),
        ("cancelled", "c" * 64, "Resume", "goes on from its last checkpoint"),
        ("cancelled", "", "Try again", "Nothing that it could go on from"),
        ("failed", "c" * 64, "Resume", "its last checkpoint is kept"),
        ("done", "", "Another run", ""),
    ],
)
def test_a_run_offers_what_can_be_done_with_it(life, page_of, client, state, kept, button, words):
    run = world.make_run(
        life[1], state=state, kept_sha256=kept, last_error="out of memory" * (state == "failed")
    )
    page = page_of(run)
    assert button in page
    assert words in page
    client.force_login(world.researcher())
    assert button not in client.get(f"/runs/{run.pk}/").content.decode()


def test_a_curator_starts_a_run_of_a_preset(life, curator, monkeypatch):
    told = []
    monkeypatch.setattr("collector.work.enqueue", lambda task, pk, **queue: told.append((task, pk)))
    release = life[1]
    page = curator.get(f"/runs/new/?release={release.pk}").content.decode()
    assert f'<option value="{release.pk}" selected>' in page
    assert "Every other entry of a board has to beat it." in page  # what the preset's file says of itself
    asked = {
        "release": release.pk,
        "config": "demo",
        "device": "cpu",
        "subset": "public_test",
        "baseline": "mine",
    }
    answer = curator.post("/runs/new/", asked)
    run = BaselineRun.objects.order_by("pk").last()
    assert answer["Location"] == f"/runs/{run.pk}/"
    assert (run.config, run.baseline, run.device, run.state) == ("demo", "mine", "cpu", "waiting")
    assert told == [(BaselineRun.task, run.pk)]


@pytest.mark.parametrize(
    ("field", "nonsense"), [("config", "../../etc/passwd"), ("device", "abacus"), ("release", "0")]
)
def test_what_cannot_be_started_is_said_beside_its_field(life, curator, field, nonsense):
    before = BaselineRun.objects.count()
    asked = {"release": life[1].pk, "config": "demo", "device": "cpu", "subset": "public_test"}
    page = curator.post("/runs/new/", asked | {field: nonsense}).content.decode()
    assert "errorlist" in page
    assert BaselineRun.objects.count() == before


def test_releases_that_are_not_finished_are_not_offered(life, curator):
    type(life[1]).objects.update(state="running")
    assert f'<option value="{life[1].pk}"' not in curator.get("/runs/new/").content.decode()


def test_starting_runs_is_for_staff(life, client):
    assert client.get("/runs/new/")["Location"].startswith("/accounts/login/")
    client.force_login(world.researcher())
    assert client.get("/runs/new/").status_code == 403
    assert client.post("/runs/new/", {"release": life[1].pk, "config": "demo"}).status_code == 403
    page = client.get(f"/datasets/{life[0].slug}/v1/").content.decode()
    assert "Train a baseline" not in page
    client.force_login(world.staff())
    assert f"/runs/new/?release={life[1].pk}" in client.get(f"/datasets/{life[0].slug}/v1/").content.decode()


def test_the_board_says_what_each_baseline_costs(life, curator):
    _, release, run, *_ = life
    board = f"/leaderboard/{release.slug}/"
    assert "GFLOP" not in curator.get(board).content.decode()
    BaselineRun.objects.filter(pk=run.pk).update(**FIGURES)
    other = world.make_run(release, "large", **FIGURES | {"parameters": 98_000_000})
    other.submission = world.make_scores(release, "large net", kind="baseline").submission
    other.save()
    page = curator.get(f"{board}?sort=-parameters").content.decode()
    assert page.index("large net") < page.index("center_prior") < page.index("team 0")
    for figure in ("3.70 M", "98.0 M", "2.41", "31.3", "812"):
        assert f">{figure}<" in page
    assert f"/runs/{other.pk}/" in page
    header, *rows = curator.get(f"{board}board.csv").content.decode().splitlines()
    assert header.endswith("parameters,gflop_per_frame,ms_per_frame,memory_mb")
    assert sum(row.endswith("3700000,2.41,31.27,812.4") for row in rows) == 1
