"""Events reach the supervisor at a bearable pace; a supervisor that is gone ends the run."""

import io
import json
import os
import signal

import pytest

from training.commands import common
from training.commands.common import reported
from training.progress import EXIT_STOPPED, Reporter, Stopped, StopRequest


def test_progress_is_thinned_out_but_the_end_is_always_said() -> None:
    stream = io.StringIO()
    reporter = Reporter(StopRequest(), stream)
    for done in range(1, 1001):
        reporter.progress("train", done, 1000, loss=0.5)
    said = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert said[0] == {"event": "progress", "phase": "train", "done": 1, "total": 1000, "loss": 0.5}
    assert said[-1]["done"] == 1000
    assert len(said) < 500


def test_a_closed_pipe_asks_the_run_to_stop() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stop = StopRequest()
    with os.fdopen(writing, "w") as stream:
        reporter = Reporter(stop, stream)
        reporter.event("started")
        reporter.event("finished")
    with pytest.raises(Stopped, match="nobody reads"):
        stop.check()


def test_signals_are_requests_only_while_somebody_listens() -> None:
    stop = StopRequest()
    before = signal.getsignal(signal.SIGTERM)
    with stop.listening():
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.reason == "SIGTERM"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_second_request_does_not_cut_off_what_a_stopped_run_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cut_off = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: cut_off.append(number))
    try:
        # Torchrun sends it when another process has gone already, just before this one says the last word.
        monkeypatch.setattr(common.click, "echo", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
        with pytest.raises(SystemExit) as end, reported():
            raise Stopped("SIGTERM")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert end.value.code == EXIT_STOPPED and not cut_off
    assert json.loads(capsys.readouterr().out) == {"event": "stopped", "message": "SIGTERM"}
