import sys
from importlib.metadata import EntryPoint

import click
import pytest

from processing import cli


@click.command("greet")
def greet():
    click.echo("hello")


@pytest.fixture
def run(monkeypatch, capsys):
    def start(*arguments):
        monkeypatch.setattr(sys, "argv", ["cursal", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, *capsys.readouterr()

    return start


def test_help_lists_the_commands(run):
    status, out, _ = run("--help")
    assert status == 0
    assert "build" in out
    assert "evaluate" in out


@pytest.mark.parametrize("arguments", [["bild"], ["build"], ["build", "--fast"], ["--loud"]])
def test_a_wrong_command_line_ends_with_one_line_and_status_2(run, arguments):
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_other_packages_add_commands(run, monkeypatch):
    entry = EntryPoint("greet", f"{__name__}:greet", cli.ADDED_COMMANDS)
    monkeypatch.setattr(EntryPoint, "load", lambda self: greet)
    monkeypatch.setattr(cli, "entry_points", lambda group: [entry])
    assert run("greet")[:2] == (0, "hello\n")
    assert "greet" in run("--help")[1]


def test_an_unreadable_file_ends_with_one_line(run, tmp_path):
    status, _, err = run("build", "--video", tmp_path, "--tracks", "t", "--out", "o")
    assert status == 2
    assert err.count("\n") == 1
