"""An export asked for on the site: once, by a worker, with a file that does not stay for ever."""

import csv
import datetime as dt
import io
import json
import zipfile

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from collector import blobs, work
from collector.export.dictionary import TABLES
from collector.models import TrackExport
from collector.services import exporting, exports, joining
from collector.work import WorkState
from processing.errors import BadInput
from tests.collector.world import chunks_of_a_steady_hand


@pytest.fixture
def track(study, trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks))
    return joining.track_join(trial["id"])


def written(study, kind="csv"):
    export = exports.export_request(study=study, kind=kind)
    exporting.export_make(export.pk)
    export.refresh_from_db()
    return export


def opened(export):
    with blobs.open_blob("products", export.sha256) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


@pytest.mark.parametrize("kind", TrackExport.Kind.values)
def test_the_archive_holds_every_table_its_dictionary_and_what_it_is(study, track, kind):
    export = written(study, kind)
    assert (export.state, export.tracks, export.unreadable) == (WorkState.DONE, 1, 0)
    archive = opened(export)
    names = {name.split("/")[1] for name in archive.namelist()}
    assert {f"{table}.{kind}" for table in TABLES} | {"dictionary.csv", "dictionary.json"} < names
    about = json.loads(archive.read(f"{export.filename[:-4]}/export.json"))
    assert (about["study"], about["format"], about["tracks"]) == ("gardens", kind, 1)
    assert archive.testzip() is None


def test_the_rows_are_those_of_the_track(study, track):
    export = written(study)
    table = opened(export).read(f"{export.filename[:-4]}/samples.csv").decode()
    assert len(list(csv.DictReader(io.StringIO(table)))) == track.samples


def test_a_second_press_asks_for_nothing_more_until_the_first_is_through(study, track):
    first = exports.export_request(study=study, kind="csv", asked_by="curator")
    assert exports.export_request(study=study, kind="csv") == first
    assert exports.export_request(study=study, kind="parquet") != first
    exporting.export_make(first.pk)
    assert exports.export_request(study=study, kind="csv") != first


def test_an_unknown_format_is_refused(study):
    with pytest.raises(BadInput, match="xlsx"):
        exports.export_request(study=study, kind="xlsx")
    assert not TrackExport.objects.exists()


def test_a_track_that_cannot_be_read_is_counted_and_named(study, track):
    storages["tracks"].delete(blobs.key(track.sha256))
    export = written(study)
    assert (export.state, export.unreadable) == (WorkState.DONE, 1)
    about = json.loads(opened(export).read(f"{export.filename[:-4]}/export.json"))
    assert str(track.trial_id) in about["troubles"][0]


def test_an_export_that_was_cancelled_meanwhile_leaves_no_file(study, track, monkeypatch):
    export = exports.export_request(study=study, kind="csv")
    whole = exporting.export_study

    def cancelled_half_way(*arguments, **named):
        assert work.cancel(export)
        return whole(*arguments, **named)

    monkeypatch.setattr(exporting, "export_study", cancelled_half_way)
    exporting.export_make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.sha256) == (WorkState.CANCELLED, "")


def test_an_export_that_went_wrong_says_why_and_can_be_tried_again(study, track, monkeypatch):
    def broken(*arguments, **named):
        raise ZeroDivisionError("a table without rows")

    export = exports.export_request(study=study, kind="csv")
    monkeypatch.setattr(exporting, "export_study", broken)
    for _ in range(work.MAX_ATTEMPTS):
        exporting.export_make(export.pk)
    export.refresh_from_db()
    assert export.state == WorkState.FAILED
    assert "a table without rows" in export.last_error
    monkeypatch.undo()
    assert export.retry()
    exporting.export_make(export.pk)
    export.refresh_from_db()
    assert export.state == WorkState.DONE


def test_old_files_are_dropped_and_young_ones_and_rows_stay(study, track):
    old, young = written(study), written(study)
    week_ago = timezone.now() - dt.timedelta(hours=169)
    TrackExport.objects.filter(pk=old.pk).update(finished_at=week_ago)
    assert exports.exports_drop_old() == 1
    assert exports.exports_drop_old() == 0
    assert not blobs.exists("products", old.sha256)
    assert blobs.exists("products", young.sha256)
    old.refresh_from_db()
    assert old.dropped_at is not None
