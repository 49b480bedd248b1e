"""Training from a prepared cache: no release, no PyAV, the same bits; and commands ask for what they use alone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from processing.layouts import AIM24
from training.cli import COMMANDS, main

pytestmark = pytest.mark.long

# The command line in a process in which some packages are not installed.
WITHOUT = (
    "import runpy, sys; sys.modules |= dict.fromkeys({!r}); runpy.run_module('training', run_name='__main__')"
)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def without(packages: list[str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT.format(packages), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


def train_command(out: Path, cache: Path, *more: object, config: str = "tiny_lite2d") -> tuple[object, ...]:
    fixed = ("train", "--config", config, "--device", "cpu", "--threads", 1)
    return (*fixed, "--out", out, "--cache", cache, *more)


def model_of(run: Path) -> bytes:
    return (run / "model.safetensors").read_bytes()


def test_a_run_from_the_cache_needs_no_release_and_no_pyav_and_has_the_same_bits(
    spot_release: Path, tmp_path: Path
) -> None:
    (spot_release / AIM24.VIDEO_INFO).write_text(json.dumps({"beta": {"licence": "CC BY 4.0"}}))
    whole, alone, cache = tmp_path / "whole", tmp_path / "alone", tmp_path / "cache"
    assert call(*train_command(whole, cache, "--release", spot_release)).exit_code == 0
    shutil.rmtree(spot_release)
    done = without(["av"], *train_command(alone, cache))
    assert done.returncode == 0, done.stderr
    assert model_of(alone) == model_of(whole)
    cards = [json.loads((run / "model_card.json").read_text()) for run in (whole, alone)]
    assert cards[0]["data"] == {**cards[1]["data"], "folder": "release", "layout": "AIM24"}
    assert cards[1]["data"]["folder"] == "cache" and len(cards[1]["data"]["hash"]) == 64
    assert cards[0]["clip_licences"] == cards[1]["clip_licences"] == {"CC BY 4.0": 1, "not stated": 2}
    assert cards[0]["configuration_hash"] == cards[1]["configuration_hash"]


def test_a_centre_prior_is_fitted_to_the_cache_as_to_the_release(spot_release: Path, tmp_path: Path) -> None:
    cache, settings = tmp_path / "cache", ("--set", "data.long_side=64", "--set", "data.short_side=32")
    prepare = ("prepare", "--config", "center_prior", *settings, "--release", spot_release, "--cache", cache)
    assert call(*prepare).exit_code == 0
    runs = [tmp_path / "whole", tmp_path / "alone"]
    for run, given in zip(runs, (("--release", spot_release), ()), strict=True):
        trained = call(*train_command(run, cache, *settings, *given, config="center_prior"))
        assert trained.exit_code == 0, trained.output
    assert model_of(runs[0]) == model_of(runs[1])


def refused(result: Result, said: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1 and said in result.stderr, result.stderr


def test_without_a_release_the_cache_has_to_be_there_and_prepared(spot_release: Path, tmp_path: Path) -> None:
    train = train_command(tmp_path / "run", tmp_path / "cache")
    refused(call(*train[:-2]), "give --release, or --cache that was prepared")
    assert not (tmp_path / "run").exists()
    refused(
        call(*train),
        "holds no clips of the part 'train' at 64x64 every 0.1 s: run `python -m training prepare`",
    )


def test_what_reads_videos_says_that_pyav_is_missing(spot_release: Path, tmp_path: Path) -> None:
    train = train_command(tmp_path / "run", tmp_path / "cache", "--release", spot_release)
    for arguments in (
        train,
        ("predict", "--run", tmp_path, "--release", spot_release, "--out", tmp_path / "maps"),
    ):
        done = without(["av"], *arguments)
        assert done.returncode == 2, done.stderr
        assert "needs the package av, which is not installed" in done.stderr
        assert done.stderr.count("\n") == 1


def test_the_commands_are_listed_without_torch_and_refused_in_one_line() -> None:
    listed = without(["torch"], "--help")
    assert listed.returncode == 0, listed.stderr
    assert all(f"  {name} " in listed.stdout for name in COMMANDS)
    done = without(["torch"], "train", "--config", "demo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "needs the package torch" in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_found_where_it_is_said_to_be(name: str) -> None:
    shown = call(name, "--help")
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith(f"Usage: main {name} ")


def test_an_unknown_command_is_refused() -> None:
    assert "No such command 'trian'" in call("trian").output
