"""A full disk: one line, a status of its own, and nothing that hides how the command ended."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from safetensors import SafetensorError

from processing.errors import BadInput
from training import checkpoint
from training.cli import main
from training.commands.common import reported
from training.progress import EXIT_NO_ROOM, EXIT_STOPPED, Reporter, Stopped, StopRequest

FULL = Path("/dev/full")
# What safetensors says of it, which is no OSError.
SAID = "Error while serializing: I/O error: No space left on device (os error 28)"


def refusal(cause: Exception) -> BadInput:
    refused = BadInput("cannot write it; make room")
    refused.__cause__ = cause
    return refused


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), EXIT_NO_ROOM),
        (refusal(OSError(errno.EDQUOT, "Disk quota exceeded")), EXIT_NO_ROOM),
        (refusal(SafetensorError(SAID)), EXIT_NO_ROOM),
        (refusal(refusal(OSError(errno.ENOSPC, "No space left on device"))), EXIT_NO_ROOM),
        (refusal(OSError(errno.EACCES, "Permission denied")), 2),
        (OSError(errno.EROFS, "Read-only file system"), 2),
        (BadInput("cannot be used"), 2),
        (Stopped("SIGTERM"), EXIT_STOPPED),
    ],
)
def test_a_full_disk_has_a_status_of_its_own_even_where_the_record_lies_on_it(
    error: Exception, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end, reported() as (reporter, _):
        reporter.record_in(FULL)
        reporter.event("started")
        raise error
    assert end.value.code == status
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    last = json.loads(said.out.splitlines()[-1])
    assert last["event"] == ("stopped" if status == EXIT_STOPPED else "error")


def test_a_record_that_could_not_be_written_is_closed() -> None:
    reporter = Reporter(StopRequest())
    reporter.record_in(FULL)
    record = reporter._record
    assert record is not None
    record.write("a line that it could not take")
    reporter.close()
    assert record.closed


@pytest.mark.parametrize(("raising", "status"), [("", 0), ("raise Stopped('SIGTERM')", EXIT_STOPPED)])
def test_standard_output_on_a_full_disk_does_not_change_how_a_command_ends(raising: str, status: int) -> None:
    lines = (
        "from training.commands.common import reported",
        "from training.progress import Stopped",
        "with reported() as (reporter, _):",
        "    reporter.event('started')",
        f"    {raising}",
    )
    with FULL.open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", "\n".join(lines)], stdout=full, stderr=subprocess.PIPE, timeout=100
        )
    assert ended.returncode == status, ended.stderr
    assert ended.stderr.count(b"\n") == bool(status)


@pytest.mark.long
def test_a_run_on_a_full_disk_ends_in_one_line_and_another_command_finishes_it(
    spot_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "log.jsonl").symlink_to(FULL)

    def train() -> Result:
        given = ("--config", "center_prior", "--release", str(spot_release), "--out", str(run))
        return CliRunner().invoke(main, ["train", *given])

    def full(*_: object, **__: object) -> None:
        raise SafetensorError(SAID)

    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "save_file", full)
        ended = train()
    assert ended.exit_code == EXIT_NO_ROOM, ended.output
    assert ended.stderr.startswith("error: cannot write ") and ended.stderr.count("\n") == 1
    assert "make room, and the same command goes on" in ended.stderr
    finished = train()
    assert (finished.exit_code, finished.stderr) == (0, "")
