import errno

import pytest

from collector import blobs, work
from collector.models import Track, TrackChunk, Trial
from collector.protocol import REST, START
from collector.services import joining
from collector.tracks.columns import epoch_us
from collector.tracks.file import fetch_columns
from tests.collector.world import chunks_of_a_steady_hand


@pytest.fixture
def finished(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in reversed(chunks):
        caller.put(trial, chunk)
    caller.finish(trial, len(chunks))
    return Trial.objects.get()


def test_a_store_that_is_full_is_waited_for_however_long_it_takes(finished, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(blobs, "store", full)
    for _ in range(2 * work.MAX_ATTEMPTS):
        with pytest.raises(OSError, match="No space left"):
            joining.track_join(finished.pk)
    finished.refresh_from_db()
    assert finished.state == work.WorkState.WAITING
    assert "No space left" in finished.last_error
    assert not Track.objects.exists()
    monkeypatch.undo()
    assert joining.track_join(finished.pk) is not None
    assert TrackChunk.objects.exists()


def test_the_file_says_what_it_is_and_how_it_came_in(finished):
    track = joining.track_join(finished.pk)
    header, columns = fetch_columns(track.sha256)
    assert header["trial"] == str(finished.pk)
    assert (header["fps"], header["frames"], header["width"], header["height"]) == ("30/1", 60, 640, 360)
    assert header["rendition_sha256"] == header["reference_sha256"] == finished.rendition.sha256
    assert header["drawing"] == finished.drawing
    assert header["opened_us"] == epoch_us(finished.created_at)
    assert header["finished_us"] == epoch_us(finished.finished_by_page_at)
    rows = TrackChunk.objects.order_by("number")
    assert columns["chunks.sha256"].tolist() == [row.sha256 for row in rows]
    assert columns["chunks.received_us"].tolist() == [epoch_us(row.received_at) for row in rows]
    assert [track.chunk_sha256(row.number) for row in rows] == [row.sha256 for row in rows]
    assert track.chunk_sha256(len(rows)) is None


def test_a_gap_in_a_recording_that_broke_off_keeps_its_number(trial, caller):
    for chunk in chunks_of_a_steady_hand(trial)[1:3]:
        caller.put(trial, chunk)
    Trial.objects.update(phase=Trial.Phase.INTERRUPTED, interruption="never finished")
    track = joining.track_join(trial["id"])
    assert track.chunk_sha256(0) is None
    digests = dict(TrackChunk.objects.values_list("number", "sha256"))
    assert {number: track.chunk_sha256(number) for number in digests} == digests
    assert [reason["code"] for reason in track.verdicts.get().reasons][-1] == "interrupted"


def test_whoever_never_moved_is_rejected_although_rests_fill_the_clip(trial, caller):
    chunks = chunks_of_a_steady_hand(trial)
    for chunk in chunks:
        kinds = [kind if kind == START else REST for kind in chunk.samples.kind]
        samples = chunk.samples.model_copy(update={"kind": kinds})
        caller.put(trial, chunk.model_copy(update={"samples": samples}))
    caller.finish(trial, len(chunks))
    track = joining.track_join(trial["id"])
    assert [(reason["code"], reason["seen"]) for reason in track.verdicts.get().reasons] == [
        ("too_few_samples", 0)
    ]
