import pytest
from django.db import InterfaceError, OperationalError

from collector.models import TrackChunk
from collector.services import chunks
from tests.collector.world import chunks_of_a_steady_hand


@pytest.mark.parametrize(
    "error", [OperationalError("server closed the connection"), InterfaceError("closed")]
)
def test_a_database_that_is_away_is_said_and_nothing_is_called_stored(trial, caller, monkeypatch, error):
    def away(**_):
        raise error

    chunk = chunks_of_a_steady_hand(trial)[0]
    monkeypatch.setattr(chunks, "chunk_store", away)
    answer = caller.put(trial, chunk)
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert "try it again" in answer.json["message"]
    assert int(answer.headers["Retry-After"]) > 0
    assert not TrackChunk.objects.exists()
    monkeypatch.undo()
    assert caller.put(trial, chunk).json["stored"] is True
