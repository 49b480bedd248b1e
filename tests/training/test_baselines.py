"""Every family trains on a small release, is predicted with, is scored; and two processes do what one does."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from torch import multiprocessing
from torch.distributed import TCPStore

from processing.video import probe, read_map
from training import config as configs
from training import device
from training.cli import main
from training.clips import ClipSet
from training.config import Lite2dConfig
from training.processes import joined
from training.state import Training
from training.train import untrained

pytestmark = pytest.mark.long

FAMILIES = ("lite2d", "lites3d", "umt_hier", "av_gate")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def events(result: Result) -> list[dict]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_trains_validates_and_predicts_every_frame(
    family: str, spot_release: Path, tmp_path: Path
) -> None:
    run, maps = tmp_path / "run", tmp_path / "maps"
    said = events(
        call("train", "--config", f"tiny_{family}", "--release", spot_release, "--out", run, "--threads", 1)
    )
    validations = [event for event in said if event["event"] == "validation"]
    assert [event["step"] for event in validations] == [3, 6]
    assert validations[0]["best"] and set(validations[0]["scores"]) == {"cc", "sim", "nss", "kld"}
    samples = [event["path"] for event in said if event["event"] == "sample"]
    assert samples == ["samples/000003.png", "samples/000006.png"]
    assert all((run / path).read_bytes().startswith(b"\x89PNG") for path in samples)
    facts = said[-1]
    assert facts["parameters"] >= facts["parameters_trainable"] > 0
    assert min(facts["gflop_per_frame"], facts["ms_per_frame"], facts["memory_mb"]) > 0
    best = max(validations, key=lambda event: event["scores"]["cc"])
    assert facts["best_step"] == best["step"]
    card = json.loads((run / "model_card.json").read_text())
    assert card["data"]["hash"] == facts["data_hash"] and card["licence"].startswith("not chosen")
    recorded = [json.loads(line)["event"] for line in (run / "log.jsonl").read_text().splitlines()]
    assert recorded == [event["event"] for event in said]

    mirrored = ("--mirror",) if family == "lite2d" else ()
    predict = ("predict", "--run", run, "--release", spot_release, "--out", maps, "--threads", 1, *mirrored)
    assert events(call(*predict))[-1]["frames"] == 33
    assert probe(maps / "gamma.mp4").frames == 33
    assert all(frame.min() > 0 and frame.max() > 0.97 for frame in read_map(maps / "gamma.mp4"))


def test_runs_are_scored_on_every_dataset_and_averaged(spot_release: Path, tmp_path: Path) -> None:
    runs = [tmp_path / "one", tmp_path / "two"]
    for run, setting in zip(runs, ("seed=1", "train.validation_share=0"), strict=True):
        settings = ("--set", setting, "--set", "train.steps=2", "--set", "train.samples=0")
        train = ("train", "--config", "tiny_lite2d", *settings, "--release", spot_release, "--out", run)
        events(call(*train, "--cache", tmp_path / "cache"))
    both = [part for run in runs for part in ("--run", run)]
    crossed = call("cross", *both, "--release", spot_release, "--out", tmp_path / "crossed")
    rows = events(crossed)[-1]["rows"]
    assert [row["run"] for row in rows] == ["one", "two"]
    assert json.loads((tmp_path / "crossed/cross.json").read_text())["rows"] == rows
    assert "| release | two | 1 |" in (tmp_path / "crossed/cross.md").read_text()
    scored = call(
        "evaluate",
        *both,
        "--release",
        spot_release,
        "--predictions",
        tmp_path / "mean",
        "--out",
        tmp_path / "r.json",
    )
    together = events(scored)[-1]["scores"]["cc"]
    assert together >= min(row["mean"]["cc"] for row in rows) - 0.05
    assert json.loads((tmp_path / "r.json").read_text())["mean"]["cc"] == together


def ddp_config(*more: str) -> Lite2dConfig:
    # Adam blows up differences in the last digit where gradients are small; slow steps leave them small.
    settings = [
        "optimizer.lr=2e-4",
        "augment.mirror=0",
        "augment.colour=0",
        "train.steps=10",
        "train.validation_share=0",
    ]
    config = configs.load("tiny_lite2d", [*settings, *more])
    assert isinstance(config, Lite2dConfig)
    return config


def losses_of_two(rank: int, clips: ClipSet, folder: str) -> None:
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "LOCAL_RANK": str(rank)}
    os.environ |= {"MASTER_PORT": Path(folder, "port").read_text(), "TORCHELASTIC_USE_AGENT_STORE": "True"}
    device.settle(torch.device("cpu"), 1)
    with joined(torch.device("cpu")) as processes:
        config = ddp_config()
        training = Training(untrained(config, clips), config, clips, torch.device("cpu"), processes)
        values = [training.advance() for _ in range(10)]
    Path(folder, f"{rank}.json").write_text(json.dumps(values))


def test_two_processes_with_half_the_batch_take_the_steps_of_one(spot_clips: ClipSet, tmp_path: Path) -> None:
    # As torchrun does: the meeting place is there before the processes are, so that no port has to be guessed.
    meeting = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    (tmp_path / "port").write_text(str(meeting.port))
    multiprocessing.spawn(losses_of_two, (spot_clips, str(tmp_path)), nprocs=2)  # type: ignore[no-untyped-call]
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    assert first == second
    device.settle(torch.device("cpu"), 1)
    doubled = ddp_config("train.batch=4")
    training = Training(untrained(doubled, spot_clips), doubled, spot_clips, torch.device("cpu"))
    alone = [training.advance() for _ in range(10)]
    np.testing.assert_allclose(first, alone, atol=1e-5)
    assert alone[0] != alone[-1]
