"""Every family trains on a small release, is predicted with, is scored."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from processing.video import probe, read_map
from training.cli import main

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
