import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from collector import blobs
from collector.models import Track, TrackChunk, Trial
from collector.protocol import write_chunk
from collector.services import joining, retention
from collector.tracks.columns import first_difference
from collector.tracks.file import fetch_columns
from tests.collector.world import Caller, chunks_of_a_steady_hand, open_study


@pytest.fixture
def caller(db):
    return Caller()


@pytest.fixture
def trial(caller):
    study = open_study("dunes", simulated=True)
    _, token = caller.enter(study)
    return caller.next_trial(token)["trial"]


@pytest.fixture
def chunks(trial):
    return chunks_of_a_steady_hand(trial)


@pytest.fixture
def track(trial, caller, chunks):
    for chunk in chunks:
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks))
    return joining.track_join(trial["id"])


def grow_old(track):
    Track.objects.filter(pk=track.pk).update(created_at=timezone.now() - dt.timedelta(days=2))


def overwrite(track, content):
    storages["tracks"].delete(blobs.key(track.sha256))
    storages["tracks"].save(blobs.key(track.sha256), ContentFile(content))


def test_chunks_go_once_the_stored_file_says_the_same(track):
    before = joining.recorded_columns(track.trial)
    grow_old(track)
    assert retention.chunks_drop_due() == 1
    assert not TrackChunk.objects.exists()
    _, after = fetch_columns(track.sha256)
    assert first_difference(before, after) is None
    track.refresh_from_db()
    assert track.chunks_dropped_at


def test_dropping_twice_changes_nothing(track):
    assert retention.chunks_drop(track=track)
    dropped_at = Track.objects.get().chunks_dropped_at
    assert retention.chunks_drop(track=track)
    assert Track.objects.get().chunks_dropped_at == dropped_at
    assert retention.chunks_drop_due() == 0


def test_young_tracks_keep_their_chunks(track, chunks):
    assert retention.chunks_drop_due() == 0
    assert TrackChunk.objects.count() == len(chunks)


def test_no_chunk_goes_while_the_stored_file_is_damaged(track, chunks):
    overwrite(track, b"rubbish")
    grow_old(track)
    assert retention.chunks_drop_due() == 0
    assert TrackChunk.objects.count() == len(chunks)
    track.refresh_from_db()
    assert "checksum" in track.damage


def test_no_chunk_goes_while_the_stored_file_is_missing(track, chunks):
    storages["tracks"].delete(blobs.key(track.sha256))
    assert not retention.chunks_drop(track=track)
    assert TrackChunk.objects.count() == len(chunks)
    track.refresh_from_db()
    assert "missing" in track.damage


def test_no_chunk_goes_when_the_file_and_the_chunks_differ(track, chunks):
    changed = chunks[0].samples.x_cpx[0] + 1
    samples = chunks[0].samples.model_copy(update={"x_cpx": [changed, *chunks[0].samples.x_cpx[1:]]})
    body = write_chunk(chunks[0].model_copy(update={"samples": samples}))
    TrackChunk.objects.filter(number=0).update(body=body)
    assert not retention.chunks_drop(track=track)
    assert TrackChunk.objects.count() == len(chunks)
    track.refresh_from_db()
    assert track.damage == "the file and the chunks differ in samples.x_cpx"


def test_a_store_that_is_away_is_no_damage(track, chunks, monkeypatch):
    def away(*_):
        raise ConnectionError("the store does not answer")

    monkeypatch.setattr(blobs, "fetch", away)
    grow_old(track)
    assert retention.chunks_drop_due() == 0
    track.refresh_from_db()
    assert track.damage == ""
    monkeypatch.undo()
    assert retention.chunks_drop_due() == 1


def test_a_repeat_is_answered_the_same_after_its_chunk_was_dropped(track, trial, caller, chunks):
    retention.chunks_drop(track=track)
    assert caller.put(trial, chunks[0]).status == 200
    assert caller.finish(trial, len(chunks)).json["missing"] == []
    assert not TrackChunk.objects.exists()
    assert Trial.objects.get().phase == Trial.Phase.FINISHED


def test_other_bytes_under_a_dropped_number_are_refused(track, trial, caller, chunks):
    retention.chunks_drop(track=track)
    other = chunks[0].model_copy(update={"samples": chunks[1].samples})
    assert caller.put(trial, other).json["code"] == "chunk_conflict"
    late = chunks[0].model_copy(update={"n": len(chunks)})
    assert caller.put(trial, late).json["code"] == "after_finish"
