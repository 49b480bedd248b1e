"""What may come between the first step and the last: kill -9, a full disk, no memory, nothing left to learn."""

import errno
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import save_file

from processing.errors import BadInput
from tests.training.convert import fakes
from training import checkpoint, state, train, validating
from training import config as configs
from training.cli import main
from training.clips import ClipSet
from training.config import Lite2dConfig
from training.model_card import Origin
from training.models.lite2d import Lite2d
from training.processes import ALONE, Processes
from training.progress import Reporter, StopRequest
from training.run_folder import RunFolder
from training.state import Training

pytestmark = pytest.mark.long

CPU = torch.device("cpu")
ORIGIN = Origin("spots", "in memory")
# Much of what a checkpoint has to carry: hard weights, the best validation, averages. What draws random numbers, or
# is no group norm, is broken off in test_resume_random.py.
SETTINGS = ("loss.hard_gain=1", "loss.hard_from_share=0", "train.checkpoint_every_s=0.001", "train.steps=9")

# A process that dies in the middle of its fifth step, as by kill -9.
KILLED_AT_STEP_5 = """
import os, runpy, signal
from training.state import Training

advance = Training.advance

def advance_under_fire(training):
    if training.step == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return advance(training)

Training.advance = advance_under_fire
runpy.run_module("training", run_name="__main__")
"""


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


def lite2d(*settings: str) -> Lite2dConfig:
    config = configs.load("tiny_lite2d", list(settings))
    assert isinstance(config, Lite2dConfig)
    return config


def fit(
    config: Lite2dConfig, clips: ClipSet, folder: Path, processes: Processes = ALONE
) -> dict[str, object]:
    folder.mkdir(exist_ok=True)
    stop = StopRequest()
    with (folder / "said").open("w") as said:
        reporter = Reporter(stop, said)
        return dict(
            train.fit(
                config,
                clips,
                RunFolder(folder),
                origin=ORIGIN,
                device=CPU,
                reporter=reporter,
                stop=stop,
                processes=processes,
            )
        )


def test_a_run_that_is_killed_goes_on_to_the_same_bits_and_is_predicted_with_and_scored(
    spot_release: Path, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    chosen = [part for setting in SETTINGS for part in ("--set", setting)]
    fixed = ["train", "--config", "tiny_lite2d", *chosen, "--release", spot_release]
    fixed += ["--device", "cpu", "--threads", 1, "--cache", tmp_path / "cache"]
    call(*fixed, "--out", whole)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT_STEP_5, *map(str, fixed), "--out", broken],
        capture_output=True,
        timeout=300,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (broken / "checkpoint.safetensors").exists() and not (broken / "model.safetensors").exists()
    call(*fixed, "--out", broken)
    assert (broken / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()

    scored = ("evaluate", "--run", broken, "--release", spot_release, "--predictions", tmp_path / "maps")
    call(*scored, "--out", tmp_path / "scores.json")
    results = json.loads((tmp_path / "scores.json").read_text())
    assert results["failed"] == {} and -1 <= results["mean"]["cc"] <= 1


class Killed(BaseException):
    """The process is no more."""


@pytest.mark.parametrize("dies_at", ["model_card.json", "model.safetensors", "best.safetensors"])
def test_a_run_that_dies_after_its_last_step_loses_no_fact(
    dies_at: str, spot_clips: ClipSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, folder = lite2d("train.checkpoint_every_s=0.001"), tmp_path / "run"
    expected = fit(config, spot_clips, tmp_path / "whole")
    replace, unlink = Path.replace, Path.unlink

    def replaced(path: Path, target: Path) -> Path:
        # Best weights appear under their name all through the run.
        if Path(target).name == dies_at != "best.safetensors":
            raise Killed
        return replace(path, target)

    def unlinked(path: Path, missing_ok: bool = False) -> None:
        if path.name == dies_at:
            raise Killed
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replaced)
        patched.setattr(Path, "unlink", unlinked)
        with pytest.raises(Killed):
            fit(config, spot_clips, folder)
    assert (folder / "best.safetensors").exists()
    assert (folder / "model.safetensors").exists() == (dies_at == "best.safetensors")
    facts = fit(config, spot_clips, folder)
    measured = ("ms_per_frame", "memory_mb")
    assert facts.keys() == expected.keys() and all(facts[name] for name in measured)
    assert {**facts, **dict.fromkeys(measured)} == {**expected, **dict.fromkeys(measured)}
    assert json.loads((folder / "model_card.json").read_text())["facts"] == facts
    assert not [*folder.glob("best*"), *folder.glob("checkpoint*")]


class Together(Processes):
    """One of several processes, as far as files are concerned: what it says when it waits for the others."""

    def __init__(self, rank: int, said: bool | None, look: Callable[[], object]) -> None:
        super().__init__(rank)
        object.__setattr__(self, "said", said)
        object.__setattr__(self, "look", look)

    def as_first(self, holds: bool, device: torch.device) -> bool:
        return holds if self.said is None else self.said

    def wait(self) -> None:
        self.look()


def test_of_several_processes_the_first_says_what_is_there_and_removes_it_when_all_have_read_it(
    spot_clips: ClipSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, folder = lite2d("train.checkpoint_every_s=0.001"), tmp_path / "run"
    seen: list[set[str]] = []

    def look() -> None:
        seen.append({file.stem for file in folder.glob("*.safetensors")})

    fit(config, spot_clips, folder, Together(0, None, look))
    assert seen[-1] == {"best", "checkpoint", "model"}
    assert {file.stem for file in folder.glob("*.safetensors")} == {"model"}
    # A file that another process finds, and the first one did not, is none to go on from.
    (folder / "checkpoint.safetensors").write_bytes(b"of a later moment")
    taken = []
    advance = Training.advance
    monkeypatch.setattr(
        Training, "advance", lambda training: taken.append(training.step) or advance(training)
    )
    with pytest.raises(BadInput, match=r"best.safetensors"):
        fit(config, spot_clips, folder, Together(1, False, look))
    assert taken == list(range(config.train.steps))


def test_a_card_that_is_lost_is_written_again_from_what_can_be_measured(
    spot_clips: ClipSet, tmp_path: Path
) -> None:
    config, folder = lite2d(), tmp_path / "run"
    before = fit(config, spot_clips, folder)
    for damage in (b"", b'{"facts": {', b'{"facts": null}'):
        (folder / "model_card.json").write_bytes(damage)
        facts = fit(config, spot_clips, folder)
        assert facts["parameters"] == before["parameters"] and facts["data_hash"] == before["data_hash"]
        assert json.loads((folder / "model_card.json").read_text())["facts"] == facts


def test_what_became_of_pretrained_weights_is_on_record_and_their_family_on_the_card(
    spot_clips: ClipSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ("net.norms=batch", "train.checkpoint_every_s=0.001")
    model = train.untrained(lite2d(*settings), spot_clips)
    assert isinstance(model, Lite2d)
    file, folder = tmp_path / "weights.safetensors", tmp_path / "run"
    save_file({**model.trunk.state_dict(), **fakes.linear("classifier.1", 8, 7)}, file)
    config = lite2d(*settings, f"net.weights={file}")
    advance = Training.advance

    def killed_at_4(training):
        if training.step == 3:
            raise Killed
        return advance(training)

    with monkeypatch.context() as patched:
        patched.setattr(Training, "advance", killed_at_4)
        with pytest.raises(Killed):
            fit(config, spot_clips, folder)
    events = [json.loads(line) for line in (folder / "said").read_text().splitlines()]
    (said,) = (event for event in events if event["event"] == "weights")
    assert (said["family"], said["source"]) == ("torchvision-mobilenet_v2", str(file))
    assert said["left"] == ["classifier.1.bias", "classifier.1.weight"] and said["kept"] == []
    assert capsys.readouterr().err == (
        f"{file} (torchvision-mobilenet_v2): {said['loaded']} tensors loaded, 2 left out, 0 kept as they begin; "
        "resized: none\n"
    )
    assert fit(config, spot_clips, folder)["weights_family"] == "torchvision-mobilenet_v2"
    assert "weights of the family | torchvision-mobilenet_v2 |" in (folder / "model_card.md").read_text()
    assert capsys.readouterr().err == ""


def test_what_does_not_fit_into_memory_is_told_with_what_would(
    spot_clips: ClipSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss_of = Training._loss

    def room_for_two(training, drawn, place):
        if len(drawn.pictures) > 2:
            raise torch.OutOfMemoryError("no memory left")
        return loss_of(training, drawn, place)

    monkeypatch.setattr(Training, "_loss", room_for_two)
    with pytest.raises(BadInput, match=r"train.batch = 8 does not fit .* set train.batch = 2 and .* = 4"):
        fit(lite2d("train.batch=8"), spot_clips, tmp_path / "run")
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_what_the_optimizer_keeps_has_to_fit_as_well(
    spot_clips: ClipSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss_of, step = Training._loss, torch.optim.AdamW.step
    windows = []

    def noted(training, drawn, place):
        windows.append(len(drawn.pictures))
        return loss_of(training, drawn, place)

    def room_for_two(optimizer, *rest):
        if windows[-1] > 2:
            # Memory is at an end in the middle of the state, as a rule.
            optimizer.state[optimizer.param_groups[0]["params"][0]]["step"] = torch.zeros(())
            raise torch.OutOfMemoryError("no memory left")
        return step(optimizer, *rest)

    monkeypatch.setattr(Training, "_loss", noted)
    monkeypatch.setattr(torch.optim.AdamW, "step", room_for_two)
    with pytest.raises(BadInput, match=r"train.batch = 8 does not fit .* set train.batch = 2 and .* = 4"):
        fit(lite2d("train.batch=8"), spot_clips, tmp_path / "run")
    assert windows == [8, 4, 2]


def test_a_validation_that_does_not_fit_into_memory_is_told(
    spot_clips: ClipSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_):
        raise MemoryError

    monkeypatch.setattr(validating, "functional_call", no_room)
    with pytest.raises(
        BadInput, match=r"train.batch = 2 does not fit .*, 1 may: set train.batch = 1 and .* = 2"
    ):
        fit(lite2d(), spot_clips, tmp_path / "run")
    with pytest.raises(BadInput, match="not even one window fits into memory"):
        fit(lite2d("train.batch=1"), spot_clips, tmp_path / "other")


def test_a_run_without_progress_ends_early_with_its_best_weights(
    spot_clips: ClipSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([0.3, 0.5, 0.4, 0.2, 0.9])
    monkeypatch.setattr(train, "validate", lambda *_: {"cc": next(found), "sim": 0.1, "nss": 0.1, "kld": 1.0})
    facts = fit(
        lite2d("train.steps=5", "train.validate_every=1", "train.patience=2"), spot_clips, tmp_path / "run"
    )
    assert (facts["steps"], facts["best_step"]) == (4, 2)
    assert facts["validation"] == {"cc": 0.5, "sim": 0.1, "nss": 0.1, "kld": 1.0}


def test_steps_at_the_end_that_are_no_numbers_leave_the_best_validated_weights(
    spot_clips: ClipSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance, augment = Training.advance, state.augment
    spoilt = False

    def advance_to_the_end(training):
        nonlocal spoilt
        spoilt = training.step >= 4
        return advance(training)

    def no_number(batch, *rest):
        changed = augment(batch, *rest)
        return replace(changed, pictures=changed.pictures * torch.nan) if spoilt else changed

    monkeypatch.setattr(Training, "advance", advance_to_the_end)
    monkeypatch.setattr(state, "augment", no_number)
    settings = ("train.steps=6", "train.validate_every=2")
    facts = fit(lite2d(*settings), spot_clips, tmp_path / "run")
    assert facts["steps"] == 6 and facts["best_step"] in (2, 4, 6)
    assert (tmp_path / "run" / "model.safetensors").exists()
    with pytest.raises(BadInput, match="no number any more in the last of 6 steps"):
        fit(lite2d(*settings, "train.validation_share=0"), spot_clips, tmp_path / "other")


def test_a_full_disk_ends_in_words_and_leaves_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    checkpoint.save(path, {"weight": torch.ones(3)}, {"step": "1"})
    before = path.read_bytes()

    def full(tensors, target, metadata):
        Path(target).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(BadInput, match="make room, and the same command goes on"):
        checkpoint.save(path, {"weight": torch.zeros(3)}, {"step": "2"})
    assert path.read_bytes() == before
    assert [left.name for left in tmp_path.iterdir()] == [path.name]
