"""`cursal training`: the same commands, found by the entry point, without making `cursal` slow or needing torch."""

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from processing import cli
from training.cli import COMMANDS, main

pytestmark = pytest.mark.long

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
DECLARED = tomllib.loads(PYPROJECT.read_text())["project"]["entry-points"][cli.ADDED_COMMANDS]

# `cursal` as it is once the project is installed as pyproject.toml says.
INSTALLED = f"""
import sys
from importlib.metadata import EntryPoint
from processing import cli

cli.entry_points = lambda group: [EntryPoint("training", {DECLARED["training"]!r}, group)]
sys.modules["torch"] = None
try:
    cli.main()
finally:
    assert "training.commands.common" not in sys.modules
"""


def cursal(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", INSTALLED, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_the_entry_point_is_the_training_group() -> None:
    assert EntryPoint("training", DECLARED["training"], cli.ADDED_COMMANDS).load() is main


def test_cursal_lists_training_without_loading_torch() -> None:
    shown = cursal("--help")
    assert shown.returncode == 0, shown.stderr
    assert "  training " in shown.stdout


def test_training_is_refused_in_one_line_where_torch_is_not_installed() -> None:
    done = cursal("training", "count", "--config", "demo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: this needs the package torch") and done.stderr.count("\n") == 1


def test_commands_end_under_cursal_as_they_do_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = EntryPoint("training", DECLARED["training"], cli.ADDED_COMMANDS)
    monkeypatch.setattr(cli, "entry_points", lambda group: [entry])

    def ended(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["cursal", "training", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, *capsys.readouterr()

    status, out, _ = ended("--help")
    assert status == 0 and all(f"  {name} " in out for name in COMMANDS)
    status, out, _ = ended("count", "--config", "tiny_lite2d")
    assert status == 0 and "M parameters" in out
    status, _, err = ended("count", "--config", "no_such_preset")
    assert status == 2 and err.startswith("error: no preset is called 'no_such_preset'")
    assert ended("train")[0] == 2
