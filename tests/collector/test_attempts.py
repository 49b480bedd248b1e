"""Every way out of an attempt is written to its row."""

import errno

import pytest

from collector import blobs, work
from collector.attempts import attempt
from collector.models import Stimulus
from collector.work import MAX_ATTEMPTS, WorkState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row():
    return Stimulus.objects.create(name="clip", original_sha256="0" * 64)


def tried(row, block=lambda folder: None):
    claimed = work.claim(Stimulus, row.pk)
    with attempt(claimed) as trying:
        block(trying.folder)
        work.complete(claimed)


def test_a_full_disk_is_waited_for_before_and_amid_the_work_and_costs_no_attempt(row, settings):
    def full(folder):
        raise OSError(errno.ENOSPC, "No space left on device")

    settings.SCRATCH_MIN_FREE_BYTES, room = 2**60, settings.SCRATCH_MIN_FREE_BYTES
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(OSError, match="make room"):
            tried(row)
    row.refresh_from_db()
    assert (row.state, row.attempt) == (WorkState.WAITING, 0)
    assert "make room" in row.last_error
    settings.SCRATCH_MIN_FREE_BYTES = room
    for _ in range(MAX_ATTEMPTS):
        tried(row, full)
    row.refresh_from_db()
    assert (row.state, row.attempt) == (WorkState.WAITING, 0)
    assert "No space left" in row.last_error
    tried(row)
    row.refresh_from_db()
    assert (row.state, row.attempt, row.last_error) == (WorkState.DONE, 1, "")


def test_a_stored_file_that_is_missing_uses_attempts_up(row):
    for _ in range(MAX_ATTEMPTS):
        tried(row, lambda folder: blobs.fetch("media", row.original_sha256, folder / "original"))
    row.refresh_from_db()
    assert row.state == WorkState.FAILED
    assert "FileNotFoundError" in row.last_error
