"""Folders that vanish with their process."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from processing.work_folder import work_folder

HOLD = """
import sys, time
from pathlib import Path
from processing.work_folder import work_folder
with work_folder(Path(sys.argv[1]), "work-", ".half") as folder:
    (folder / "file").write_text("half")
    print(folder, flush=True)
    time.sleep(600)
"""


def test_it_is_gone_afterwards_even_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), work_folder(tmp_path, "work-") as folder:
        (folder / "file").write_text("half")
        raise ValueError("broken")
    assert not list(tmp_path.iterdir())


def test_work_may_lie_within_work(tmp_path: Path) -> None:
    with work_folder(tmp_path, "outer-") as outer, work_folder(outer, "inner-") as inner:
        assert inner.parent == outer
    assert not list(tmp_path.iterdir())


def test_a_folder_that_was_cleared_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = tempfile.mkdtemp

    def cleared_once(**where: object) -> str:
        made.append(make(**where))
        if len(made) == 1:
            Path(made[0]).rmdir()
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", cleared_once)
    with work_folder(tmp_path, "work-") as folder:
        assert [str(folder)] == made[1:]


def test_one_in_use_stays_and_a_killed_ones_goes_first(tmp_path: Path) -> None:
    stranger = tmp_path / "work-of-mine"
    stranger.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        held = Path(holder.stdout.readline().strip())
        with work_folder(tmp_path, "work-", ".half"):
            assert (held / "file").exists()
        os.kill(holder.pid, signal.SIGKILL)
    assert held.exists()
    with work_folder(tmp_path, "work-", ".half"):
        assert not held.exists()
    assert list(tmp_path.iterdir()) == [stranger]
