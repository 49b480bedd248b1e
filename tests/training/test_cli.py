"""The command line as its supervisor sees it: events, files, exit status, and what becomes of bad input."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from processing.layouts import AIM24, read_fixations, write_fixations
from processing.video import probe, read_map
from training import checkpoint
from training import config as configs
from training.cli import main
from training.train import Loop

pytestmark = pytest.mark.long

TINY = """
model = "small_net"
[data]
long_side = 64
short_side = 32
[net]
lags_s = [0.0, 0.2]
widths = [8, 8, 16, 16]
[train]
steps = {steps}
batch = 4
checkpoint_every_s = 1000
"""


@pytest.fixture
def tiny_config(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY.format(steps=6))
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def events(stdout: str) -> list[dict]:
    return [json.loads(line) for line in stdout.splitlines()]


def test_training_and_predicting_give_whole_map_videos(
    spot_release: Path, tiny_config: Path, tmp_path: Path
) -> None:
    run, maps = tmp_path / "run", tmp_path / "maps"
    trained = call("train", "--config", tiny_config, "--release", spot_release, "--out", run, "--threads", 2)
    assert trained.exit_code == 0, trained.output
    said = events(trained.stdout)
    assert [said[0]["event"], said[-1]["event"]] == ["started", "finished"]
    assert {"event", "phase", "done", "total"} <= said[1].keys()
    steps = [event for event in said if event.get("phase") == "train" and event["event"] == "progress"]
    assert (steps[-1]["done"], steps[-1]["total"]) == (6, 6)
    assert np.isfinite(steps[-1]["loss"])

    predicted = call("predict", "--run", run, "--release", spot_release, "--out", maps)
    assert predicted.exit_code == 0, predicted.output
    assert events(predicted.stdout)[-1]["frames"] == 33
    assert [path.name for path in maps.iterdir()] == ["gamma.mp4"]
    of_map, of_video = probe(maps / "gamma.mp4"), probe(spot_release / AIM24.video("gamma"))
    assert (of_map.width, of_map.height, of_map.fps, of_map.frames) == (
        of_video.width, of_video.height, of_video.fps, of_video.frames,
    )  # fmt: skip
    assert all(frame.min() > 0 and frame.max() > 0.97 for frame in read_map(maps / "gamma.mp4"))


def test_the_centre_prior_decodes_nothing_and_predicts_one_map(spot_release: Path, tmp_path: Path) -> None:
    run, maps = tmp_path / "run", tmp_path / "maps"
    assert call("train", "--config", "center_prior", "--release", spot_release, "--out", run).exit_code == 0
    assert not (run / "cache").exists()
    predicted = call("predict", "--run", run, "--release", spot_release, "--subset", "train", "--out", maps)
    assert predicted.exit_code == 0, predicted.output
    assert sorted(path.name for path in maps.iterdir()) == ["alpha.mp4", "beta.mp4", "tall.mp4"]
    first, *_, last = read_map(maps / "alpha.mp4")
    assert np.abs(first - last).max() <= 4 / 1023


def test_a_prior_by_time_is_a_preset_that_predicts_other_maps_at_other_times(
    spot_release: Path, tmp_path: Path
) -> None:
    run, maps = tmp_path / "run", tmp_path / "maps"
    given = ("--config", "center_prior_time", "--release", spot_release, "--out", run)
    assert call("train", *given).exit_code == 0
    predicted = call("predict", "--run", run, "--release", spot_release, "--out", maps)
    assert predicted.exit_code == 0, predicted.output
    first, *_, last = read_map(maps / "gamma.mp4")
    assert np.abs(first - last).max() > 0.1


# A process that gets SIGTERM in the middle of its seventh step, however fast the machine is.
TERMINATED_AT_STEP_7 = """
import os, runpy, signal
from training.state import Training

advance = Training.advance

def advance_under_fire(training):
    if training.step == 6:
        os.kill(os.getpid(), signal.SIGTERM)
    return advance(training)

Training.advance = advance_under_fire
runpy.run_module("training", run_name="__main__")
"""


# A process that dies when it has predicted a frame, as by kill -9.
KILLED_AT_A_FRAME = """
import os, runpy, signal
from training.progress import Reporter

Reporter.progress = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
runpy.run_module("training", run_name="__main__")
"""


def test_a_killed_run_goes_on_in_a_new_process_to_the_same_bits(spot_release: Path, tmp_path: Path) -> None:
    config = tmp_path / "long.toml"
    config.write_text(TINY.format(steps=20))
    whole, broken = tmp_path / "whole", tmp_path / "broken"

    def arguments(out: Path) -> list[str]:
        paths = {"--config": config, "--release": spot_release, "--out": out, "--cache": tmp_path / "cache"}
        fixed = ["train", "--device", "cpu", "--threads", "1"]
        return [*fixed, *(str(part) for option in paths.items() for part in option)]

    assert call(*arguments(whole)).exit_code == 0
    stopped = subprocess.run(
        [sys.executable, "-c", TERMINATED_AT_STEP_7, *arguments(broken)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert stopped.returncode == 75, stopped.stderr
    assert events(stopped.stdout)[-1]["event"] == "stopped"
    assert (broken / "checkpoint.safetensors").exists()
    assert call(*arguments(broken)).exit_code == 0
    assert (broken / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_predictions_hold_nothing_of_an_earlier_process_that_was_killed(
    spot_release: Path, tmp_path: Path
) -> None:
    run, maps = tmp_path / "run", tmp_path / "maps"
    assert call("train", "--config", "center_prior", "--release", spot_release, "--out", run).exit_code == 0
    predict = ("predict", "--run", run, "--release", spot_release, "--out", maps)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT_A_FRAME, *map(str, predict)], capture_output=True, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [path.name[:12] for path in maps.iterdir()] == [".unfinished-"]
    assert call(*predict).exit_code == 0
    assert [path.name for path in maps.iterdir()] == ["gamma.mp4"]


def test_a_finished_run_is_not_trained_again(spot_release: Path, tiny_config: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = ("train", "--config", tiny_config, "--release", spot_release, "--out", run)
    assert call(*arguments).exit_code == 0
    before = (run / "model.safetensors").stat().st_mtime_ns
    again = call(*arguments)
    assert again.exit_code == 0
    assert events(again.stdout)[-1]["event"] == "finished"
    assert (run / "model.safetensors").stat().st_mtime_ns == before


def drop_map(root: Path) -> None:
    (root / AIM24.saliency("beta", "train")).unlink()


def drop_fixations(root: Path) -> None:
    (root / AIM24.fixations_file("beta", "train")).unlink()


def empty_every_frame(root: Path) -> None:
    path = root / AIM24.fixations_file("beta", "train")
    write_fixations(path, [points[:0] for points in read_fixations(path)])


def lose_a_frame(root: Path) -> None:
    path = root / AIM24.fixations_file("beta", "train")
    write_fixations(path, read_fixations(path)[:-1])


def leave_the_picture(root: Path) -> None:
    path = root / AIM24.fixations_file("beta", "train")
    points = read_fixations(path)
    points[3][0] = (90, 0)
    write_fixations(path, points)


def swap_the_map(root: Path) -> None:
    shutil.copy(root / AIM24.saliency("tall", "train"), root / AIM24.saliency("beta", "train"))


def cut_the_video(root: Path) -> None:
    path = root / AIM24.video("beta")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def write_no_video(root: Path) -> None:
    (root / AIM24.video("beta")).write_text("this is a letter")


def empty_the_split(root: Path) -> None:
    (root / AIM24.SPLIT_FILE).write_text('{"train": [], "public_test": ["gamma"]}')


def break_the_recipe(root: Path) -> None:
    (root / "recipe.json").write_text('{"sigma": 3}')


def drop_everything(root: Path) -> None:
    shutil.rmtree(root)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (drop_map, "saliency map .*beta"),
        (drop_fixations, "fixations .*beta"),
        (empty_every_frame, "beta has no fixation in any frame"),
        (lose_a_frame, "beta has 20 frames, its map 20, its fixations 19"),
        (leave_the_picture, "beta has a fixation outside the picture in frame 3"),
        (swap_the_map, "map of beta is 90x160, its video 160x90"),
        (cut_the_video, "beta"),
        (write_no_video, "beta"),
        (empty_the_split, "no clips in its part 'train'"),
        (break_the_recipe, "recipe"),
        (drop_everything, "TrainTestSplit.json"),
    ],
)
def test_a_damaged_release_is_refused_in_one_line(
    spot_release: Path, tiny_config: Path, tmp_path: Path, damage: Callable[[Path], None], named: str
) -> None:
    damage(spot_release)
    refused(
        call("train", "--config", tiny_config, "--release", spot_release, "--out", tmp_path / "run"), named
    )


def refused(result: Result, named: str) -> None:
    """The same single line on standard error and in the last event, and exit status 2."""
    assert result.exit_code == 2, result.output
    last = events(result.stdout)[-1]
    assert last["event"] == "error"
    assert re.search(named, last["message"]), last["message"]
    assert "\n" not in last["message"]
    assert result.stderr == f"error: {last['message']}\n"


def test_wishes_that_cannot_be_met_are_refused(
    spot_release: Path, tiny_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    train = ("train", "--release", spot_release, "--out", run)
    refused(call(*train, "--config", "no_such_preset"), "no preset is called 'no_such_preset'")
    tiny_config.write_text(tiny_config.read_text() + "epochs = 3\n")
    refused(call(*train, "--config", tiny_config), r"train\.epochs: unknown key")
    coarse = ("--config", "tiny_lite2d", "--set", "data.frame_step_s=0.5")
    refused(call(*train, *coarse), "data.frame_step_s = 0.5 keeps too few pictures")
    refused(
        call("prepare", "--release", spot_release, "--cache", tmp_path / "cache", *coarse),
        "keeps too few pictures",
    )
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    refused(call(*train, "--config", "demo", "--device", "gpu"), "no CUDA GPU")


def test_predicting_needs_a_finished_run_and_a_part_with_clips(
    spot_release: Path, tiny_config: Path, tmp_path: Path
) -> None:
    run, maps = tmp_path / "run", tmp_path / "maps"
    predict = ("predict", "--run", run, "--release", spot_release, "--out", maps)
    refused(call(*predict), "not the folder of a training run")
    train = ("train", "--config", tiny_config, "--release", spot_release, "--out", run)
    assert call(*train).exit_code == 0
    refused(call(*predict, "--subset", "private_test"), "no clips in its part 'private_test'")
    refused(call(*predict, "--subset", "public"), "no clips in its part 'public'")
    refused(call(*predict[:-1], tiny_config), "cannot write into .*tiny.toml")

    video = spot_release / AIM24.video("gamma")
    video.write_bytes(video.read_bytes()[:-500])
    refused(call(*predict), "gamma")
    assert not list(maps.glob("*.mp4"))

    other = tmp_path / "other"
    assert call("train", "--config", "center_prior", "--release", spot_release, "--out", other).exit_code == 0
    shutil.copy(other / "model.safetensors", run / "model.safetensors")
    refused(call(*predict), "belongs to another model")
    (run / "model.safetensors").unlink()
    refused(call(*predict), "no finished model")


def test_a_run_folder_of_another_configuration_is_left_alone(
    spot_release: Path, tiny_config: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    assert call("train", "--config", "center_prior", "--release", spot_release, "--out", run).exit_code == 0
    before = (run / "model.safetensors").read_bytes()
    refused(
        call("train", "--config", tiny_config, "--release", spot_release, "--out", run),
        "another configuration",
    )
    assert (run / "model.safetensors").read_bytes() == before


def as_before(run: Path, table: str, key: str) -> None:
    """Make a run what it would be if a key with its default had come after it was begun."""
    stored = json.loads((run / "config.json").read_text())
    del stored["config"][table][key]
    stored["fingerprint"] = configs.fingerprint_of(stored["config"])
    (run / "config.json").write_text(json.dumps(stored))
    for file in run.glob("*.safetensors"):
        tensors, facts = checkpoint.load(file, {})
        checkpoint.save(file, tensors, {**facts, "configuration": stored["fingerprint"]})


def test_runs_of_before_a_key_came_go_on_and_predict(
    spot_release: Path, tiny_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, maps = tmp_path / "run", tmp_path / "maps"
    train = ("train", "--config", tiny_config, "--release", spot_release, "--out", run)
    with monkeypatch.context() as patched:
        patched.setattr(Loop, "_asked_to_stop", lambda loop: loop._training.step == 3)
        assert call(*train).exit_code == 75
    as_before(run, "data", "weigh_by_agreement")
    steps = []
    with monkeypatch.context() as patched:
        patched.setattr(Loop, "_asked_to_stop", lambda loop: steps.append(loop._training.step))
        went_on = call(*train)
    assert went_on.exit_code == 0, went_on.output
    assert steps == [4, 5, 6]
    card = json.loads((run / "model_card.json").read_text())
    assert card["configuration_hash"] == json.loads((run / "config.json").read_text())["fingerprint"]
    as_before(run, "predict", "mirror")
    assert call(*train).exit_code == 0
    predict = ("predict", "--run", run, "--release", spot_release, "--out", maps)
    assert call(*predict).exit_code == 0

    changed = (run / "config.json").read_text().replace('"steps": 6', '"steps": 7')
    (run / "config.json").write_text(changed)
    refused(call(*predict), "config.json was changed after the run began")


def test_an_empty_part_is_refused_by_every_command_before_anything_is_written(
    spot_release: Path, tmp_path: Path
) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    train = ("train", "--config", "center_prior", "--release", spot_release, "--out", run)
    assert call(*train).exit_code == 0
    given = ("--release", spot_release, "--subset", "private_test", "--out", out)
    with_run = ("--run", run, *given)
    prepare = (
        "prepare",
        "--config",
        "demo",
        "--release",
        spot_release,
        "--cache",
        out,
        "--part",
        "private_test",
    )
    for command in (
        ("predict", *with_run),
        ("evaluate", *with_run, "--predictions", tmp_path / "maps"),
        ("cross", *with_run),
        ("references", *given),
        prepare,
    ):
        refused(
            call(*command),
            r"release has no clips in its part 'private_test': there are some in public_test, train$",
        )
    assert not out.exists() and not (tmp_path / "maps").exists()
    (spot_release / AIM24.SPLIT_FILE).write_text('{"train": []}')
    refused(
        call(*train[:-1], tmp_path / "other"),
        "no clips in its part 'train': nor in any other",
    )


def test_preparing_and_training_say_at_how_many_moments_nobody_looked(
    spot_release: Path, tiny_config: Path, tmp_path: Path
) -> None:
    for name, frame in (("alpha", 3), ("beta", 0), ("beta", 4)):
        # At 30 pictures a second every third one is kept, so the fourth of beta does not count.
        path = spot_release / AIM24.fixations_file(name, "train")
        points = read_fixations(path)
        points[frame] = points[frame][:0]
        write_fixations(path, points)
    given = ("--config", tiny_config, "--release", spot_release, "--cache", tmp_path / "cache")
    prepared = events(call("prepare", *given).stdout)[-1]
    trained = events(call("train", *given, "--out", tmp_path / "run").stdout)[-1]
    for said in (prepared, trained):
        assert (said["event"], said["clips"], said["empty_moments"]) == ("finished", 3, 2)


def test_predictions_without_truth_are_not_made_to_be_scored(spot_release: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert call("train", "--config", "center_prior", "--release", spot_release, "--out", run).exit_code == 0
    (spot_release / AIM24.saliency("gamma", "public_test")).unlink()
    evaluate = ("evaluate", "--run", run, "--release", spot_release, "--predictions", tmp_path / "maps")
    refused(call(*evaluate, "--out", tmp_path / "r.json"), "saliency map .*gamma")
    refused(call("cross", *evaluate[1:5], "--out", tmp_path / "crossed"), "saliency map .*gamma")
    assert not (tmp_path / "maps").exists() and not (tmp_path / "crossed").exists()
