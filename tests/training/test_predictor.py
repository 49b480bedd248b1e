"""Windows into maps, and windows that are too many for the memory."""

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from processing.errors import BadInput
from training import config as configs
from training.cli import main
from training.clips import ClipSet
from training.grid import Orientation
from training.predictor import Predictor, load
from training.run_folder import RunFolder
from training.train import untrained

pytestmark = pytest.mark.long


def room_for(windows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory for so many windows at once."""
    forward = Predictor._forward

    def bounded(predictor, seen, *rest):
        if len(seen) > windows:
            raise torch.OutOfMemoryError("no memory left")
        return forward(predictor, seen, *rest)

    monkeypatch.setattr(Predictor, "_forward", bounded)


def test_windows_that_do_not_fit_into_memory_are_told_with_how_many_would(
    spot_clips: ClipSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configs.load("tiny_lite2d", ["predict.batch=8"])
    ready = Predictor(untrained(config, spot_clips).eval(), config, torch.device("cpu"))
    pictures = np.zeros((8, 4, *ready.grid(Orientation.LANDSCAPE), 3), np.uint8)
    seconds = np.zeros((8, 4))
    room_for(3, monkeypatch)
    with pytest.raises(BadInput, match=r"predict.batch = 8 does not fit .*, 2 does: predict with --batch 2"):
        ready.log_densities(pictures, seconds, Orientation.LANDSCAPE)
    assert len(ready.log_densities(pictures[:2], seconds[:2], Orientation.LANDSCAPE)) == 2
    room_for(0, monkeypatch)
    with pytest.raises(BadInput, match="not even one window fits into memory: predict with --device cpu"):
        ready.log_densities(pictures, seconds, Orientation.LANDSCAPE)


def test_a_finished_run_predicts_as_many_windows_at_once_as_are_asked_for(
    spot_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(*arguments: object) -> tuple[int, str]:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        return result.exit_code, result.stderr

    run = tmp_path / "run"
    settings = ("--set", "train.steps=1", "--set", "train.validation_share=0", "--set", "train.samples=0")
    assert call("train", "--config", "tiny_lite2d", *settings, "--release", spot_release, "--out", run) == (
        0,
        "",
    )
    predict = ("predict", "--run", run, "--release", spot_release, "--out", tmp_path / "maps")
    room_for(1, monkeypatch)
    status, said = call(*predict)
    assert status == 2 and said.endswith("1 does: predict with --batch 1\n")
    assert call(*predict, "--batch", 1) == (0, "")


@pytest.mark.parametrize("mirror", [False, True])
def test_a_finished_run_mirrors_as_configured_unless_it_is_told_otherwise(
    mirror: bool, spot_release: Path, tmp_path: Path
) -> None:
    settings = [
        f"predict.mirror={str(mirror).lower()}",
        "predict.batch=3",
        "train.steps=1",
        "train.samples=0",
    ]
    chosen = [word for setting in (*settings, "train.validation_share=0") for word in ("--set", setting)]
    train = [
        "train",
        "--config",
        "tiny_lite2d",
        *chosen,
        "--release",
        spot_release,
        "--out",
        tmp_path / "run",
    ]
    done = CliRunner().invoke(main, [str(argument) for argument in train])
    assert done.exit_code == 0, done.output
    run, cpu = RunFolder(tmp_path / "run"), torch.device("cpu")
    as_configured, told = load(run, cpu), load(run, cpu, mirror=not mirror, windows=5)
    assert (as_configured.mirror, as_configured.batch) == (mirror, 3)
    assert (told.mirror, told.batch) == (not mirror, 5)
    assert not as_configured.model.training
