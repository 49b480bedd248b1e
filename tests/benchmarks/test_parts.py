"""The processes of a bench's parts."""

import sys
import time
from pathlib import Path

import pytest

from benchmarks import parts
from benchmarks.table import Row

WRITES_A_ROW = """
import sys
from pathlib import Path
from benchmarks.parts import write_rows
from benchmarks.table import Row
write_rows(Path(sys.argv[1]), [Row("speed", 3.0, "frames/s", target=2.0)])
"""
LEAVES_A_CHILD = """
import subprocess, sys, time
child = subprocess.Popen(["sleep", "10000"])
with open(sys.argv[1], "w") as told:
    told.write(str(child.pid))
time.sleep(10000)
"""


def run(code: str, path: Path) -> list[Row]:
    return parts.run_part("speed", [sys.executable, "-c", code, str(path)], path, full=False)


def test_a_part_hands_on_the_rows_that_it_wrote(tmp_path):
    assert run(WRITES_A_ROW, tmp_path / "rows") == [Row("speed", 3.0, "frames/s", target=2.0)]


def test_a_part_that_fails_says_its_status(tmp_path):
    with pytest.raises(parts.PartFailed, match="status 7"):
        run("raise SystemExit(7)", tmp_path / "rows")


@pytest.mark.long
def test_a_part_that_takes_too_long_ends_with_all_that_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PART_WITHIN_S", 3)
    with pytest.raises(parts.PartFailed, match="too long"):
        run(LEAVES_A_CHILD, tmp_path / "pid")
    child = Path("/proc") / (tmp_path / "pid").read_text() / "stat"
    while child.exists() and child.read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.05)
