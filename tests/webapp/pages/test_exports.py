"""The button that exports a study's tracks, its progress and its link."""

import pytest

from collector.models import TrackExport
from collector.services import exporting
from collector.work import MAX_ATTEMPTS, WorkState
from tests.webapp.pages import world

ADDRESS = "/studies/clouds/exports/"


@pytest.fixture
def told(monkeypatch):
    """Which rows the queue was told of."""
    rows = []
    monkeypatch.setattr(TrackExport, "enqueue", lambda row: rows.append(row.pk))
    return rows


@pytest.fixture
def curator(client, db):
    world.make_study("clouds", clips=1)
    client.force_login(world.staff())
    return client


def test_a_press_makes_one_row_for_the_worker_and_comes_back_to_the_study(curator, told):
    for _ in range(2):
        answer = curator.post(ADDRESS, {"kind": "parquet", "practice": "1"})
        assert (answer.status_code, answer["Location"]) == (302, "/studies/clouds/")
    export = TrackExport.objects.get()
    assert (export.kind, export.practice, export.asked_by) == ("parquet", True, "curator")
    assert set(told) == {export.pk}
    page = curator.get("/studies/clouds/").content.decode()
    assert "on its way" in page
    assert f'hx-get="{ADDRESS}"' in page


def test_what_is_done_has_a_link_that_opens_the_archive_for_whoever_holds_it(curator, told, client):
    curator.post(ADDRESS, {"kind": "csv"})
    export = TrackExport.objects.get()
    exporting.export_make(export.pk)
    part = curator.get(ADDRESS, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "hx-trigger" not in part
    link = part.split('<a href="')[1].split('"')[0]
    client.logout()
    served = client.get(link)
    assert served["Content-Type"] == "application/zip"
    assert b"".join(served.streaming_content)[:2] == b"PK"
    assert client.get(link.replace("/files/", "/files/x")).status_code == 404


def test_how_far_it_is_and_why_it_failed_stand_on_the_page(curator, told):
    curator.post(ADDRESS, {"kind": "csv"})
    TrackExport.objects.update(state="running", progress_done=3, progress_total=9)
    assert "3 of 9 tracks" in curator.get(ADDRESS).content.decode()
    TrackExport.objects.update(state="failed", last_error="no space left", attempt=MAX_ATTEMPTS)
    part = curator.get(ADDRESS).content.decode()
    assert "no space left" in part
    assert "Try again" in part
    retried = curator.post(
        f"/work/export/{TrackExport.objects.get().pk}/retry/", {"next": "/studies/clouds/"}
    )
    assert retried["Location"] == "/studies/clouds/"
    assert TrackExport.objects.get().state == WorkState.WAITING


def test_a_dropped_file_has_no_link(curator, told):
    curator.post(ADDRESS, {"kind": "csv"})
    TrackExport.objects.update(
        state="done", sha256="0" * 64, finished_at="2026-01-01T00:00Z", dropped_at="2026-01-08T00:00Z"
    )
    part = curator.get(ADDRESS).content.decode()
    assert "was deleted" in part
    assert "<a href" not in part


def test_an_unknown_format_is_told_and_nothing_is_made(curator, told):
    curator.post(ADDRESS, {"kind": "xlsx"})
    assert "there is no format" in curator.get("/studies/clouds/").content.decode()
    assert not TrackExport.objects.exists()


def test_researchers_and_strangers_export_nothing(curator, told, client):
    client.force_login(world.researcher())
    assert client.post(ADDRESS, {"kind": "csv"}).status_code == 403
    assert client.get(ADDRESS).status_code == 403
    client.logout()
    assert client.post(ADDRESS, {"kind": "csv"}).status_code == 302
    assert not TrackExport.objects.exists()
