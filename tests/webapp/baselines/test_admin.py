"""Runs in the curator's admin: asked for, stopped, resumed, run again."""

import pytest
from django.urls import reverse

from tests.webapp.pages import world
from webapp.baselines.models import BaselineRun

ADD = reverse("admin:baselines_baselinerun_add")
TABLE = reverse("admin:baselines_baselinerun_changelist")


@pytest.fixture
def curator(client, db, monkeypatch):
    monkeypatch.setattr("collector.work.enqueue", lambda task, pk, **queue: None)
    client.force_login(world.staff())
    return client


@pytest.fixture
def act(curator):
    def act(action, run):
        curator.post(TABLE, {"action": action, "_selected_action": [run.pk]})
        run.refresh_from_db()
        return run

    return act


def test_a_run_of_a_preset_is_asked_for(curator):
    _, release, *_ = world.whole_life()
    assert 'value="small_net"' in curator.get(ADD).content.decode()
    asked = {
        "release": release.pk,
        "config": "small_net",
        "device": "gpu",
        "subset": "public_test",
        "baseline": "",
    }
    assert curator.post(ADD, asked).status_code == 302
    run = BaselineRun.objects.order_by("pk").last()
    assert (run.config, run.baseline, run.device) == ("small_net", "small_net", "gpu")
    assert "Choose a valid choice" not in curator.get(ADD).content.decode()
    assert curator.post(ADD, asked | {"config": "no_such_net"}).status_code == 200


def test_a_run_is_cancelled_resumed_and_run_again(curator, act):
    _, release, run, *_ = world.whole_life()
    BaselineRun.objects.filter(pk=run.pk).update(state="running")
    assert act("cancel", run).state == "cancelled"
    assert act("retry", run).state == "waiting"
    act("run_again", run)
    again = BaselineRun.objects.order_by("pk").last()
    assert (again.config, again.release_id, again.state) == (run.config, release.pk, "waiting")
    assert again.pk != run.pk


def test_a_run_shows_what_it_cost_and_leads_to_its_page(curator):
    _, _, run, *_ = world.whole_life()
    BaselineRun.objects.filter(pk=run.pk).update(parameters=3_700_000, place="box, CPU")
    page = curator.get(reverse("admin:baselines_baselinerun_change", args=[run.pk])).content.decode()
    assert "3700000" in page.replace(",", "")
    assert "box, CPU" in page
    assert f"/runs/{run.pk}/" in page
