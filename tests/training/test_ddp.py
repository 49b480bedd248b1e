"""Several processes train one model: they take the steps of one, stop together, and go on together."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import multiprocessing
from torch.distributed import TCPStore

from training import config as configs
from training import device
from training.clips import ClipSet
from training.config import Lite2dConfig
from training.model_card import Origin
from training.processes import Processes, joined
from training.progress import Reporter, Stopped, StopRequest
from training.run_folder import RunFolder
from training.state import Training
from training.train import fit, untrained

CPU = torch.device("cpu")
ORIGIN = Origin("spots", "in memory")
# Adam blows up differences in the last digit where gradients are small; slow steps leave them small.
SLOW = ("optimizer.lr=2e-4", "augment.mirror=0", "augment.colour=0")
AT_REST = "net.norms=frozen"
HARD = ("loss.hard_gain=1", "loss.hard_from_share=0")

STEPS = 10
RESTING = (AT_REST, *HARD, "train.accumulate=2", "optimizer.frozen_epochs=2")
CASES = {
    "group norms": (),
    "batch norms at rest, hard clips": (AT_REST, *HARD),
    "in parts, an encoder that rests in the first three steps": RESTING,
}
STOPPED_AFTER = 3
STOPPED = (*RESTING, "train.steps=5", "train.validate_every=2", "train.samples=0")


def lite2d(*settings: str) -> Lite2dConfig:
    config = configs.load("tiny_lite2d", [*SLOW, *settings])
    assert isinstance(config, Lite2dConfig)
    return config


def training_of(clips: ClipSet, processes: Processes, *settings: str) -> Training:
    config = lite2d(f"train.steps={STEPS}", "train.validation_share=0", *settings)
    return Training(untrained(config, clips), config, clips, CPU, processes)


class Interrupted(Reporter):
    """Asks for the end as soon as it hears of a step."""

    def __init__(self, stop: StopRequest, said: Path, after: int) -> None:
        super().__init__(stop, said.open("w"))
        self._after = after

    def progress(self, phase: str, done: int, total: int, **fields: object) -> None:
        if done == self._after:
            self._stop.ask("SIGTERM")
        super().progress(phase, done, total, **fields)


def trained(clips: ClipSet, folder: Path, processes: Processes, after: int = 0) -> str:
    """A run in that folder: why it stopped, nothing where it came to its end."""
    if processes.first:
        folder.mkdir(exist_ok=True)
    processes.wait()
    stop = StopRequest()
    reporter = Interrupted(stop, folder / f"said.{processes.rank}", after)
    try:
        fit(
            lite2d(*STOPPED),
            clips,
            RunFolder(folder),
            origin=ORIGIN,
            device=CPU,
            reporter=reporter,
            stop=stop,
            processes=processes,
        )
    except Stopped as stopped:
        return str(stopped)
    return ""


def one_of_two(rank: int, clips: ClipSet, folder: str) -> None:
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "LOCAL_RANK": str(rank)}
    os.environ |= {"MASTER_PORT": Path(folder, "port").read_text(), "TORCHELASTIC_USE_AGENT_STORE": "True"}
    device.settle(CPU, 1)
    found: dict[str, object] = {}
    with joined(CPU) as processes:
        for name, settings in CASES.items():
            training = training_of(clips, processes, *settings)
            found[name] = [training.advance() for _ in range(STEPS)]
        whole, broken = Path(folder, "whole"), Path(folder, "broken")
        found["ends"] = [
            trained(clips, whole, processes),
            # The second one alone is asked.
            trained(clips, broken, processes, after=STOPPED_AFTER * rank),
        ]
        found["left"] = sorted(path.name for path in broken.glob("*.safetensors"))
        processes.wait()
        found["ends_again"] = trained(clips, broken, processes)
    Path(folder, f"{rank}.json").write_text(json.dumps(found))


def events(said: Path, name: str) -> list[dict]:
    found = [json.loads(line) for line in said.read_text().splitlines()]
    return [event for event in found if event["event"] == name]


@pytest.mark.long(20)
def test_two_processes_take_the_steps_of_one_stop_together_and_go_on_to_the_same_bits(
    spot_clips: ClipSet, tmp_path: Path
) -> None:
    # As torchrun does: the meeting place is there before the processes are, so that no port has to be guessed.
    meeting = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    (tmp_path / "port").write_text(str(meeting.port))
    multiprocessing.spawn(one_of_two, (spot_clips, str(tmp_path)), nprocs=2, daemon=True)  # type: ignore[no-untyped-call]
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    device.settle(CPU, 1)
    for name, settings in CASES.items():
        training = training_of(spot_clips, Processes(), "train.batch=4", *settings)
        alone = [training.advance() for _ in range(STEPS)]
        assert first[name] == second[name]
        np.testing.assert_allclose(first[name], alone, atol=1e-5, err_msg=name)
        assert alone[0] != alone[-1]

    assert (first["ends"], second["ends"]) == (["", "another process was asked to stop"], ["", "SIGTERM"])
    assert first["left"] == ["best.safetensors", "checkpoint.safetensors"]
    assert first["ends_again"] == second["ends_again"] == ""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert (broken / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert sorted(path.name for path in broken.glob("*.safetensors")) == ["model.safetensors"]
    # One of them validates, and both know what it found.
    validations = events(whole / "said.0", "validation")
    assert [event["step"] for event in validations] == [2, 4, 5]
    assert events(whole / "said.1", "validation") == validations
    assert events(broken / "said.0", "validation") == validations[1:]


@pytest.mark.long(10)
def test_the_command_under_torchrun_trains_one_model_and_speaks_with_one_voice(
    spot_release: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    settings = (*SLOW, "train.steps=3", "train.samples=1")
    chosen = [word for setting in settings for word in ("--set", setting)]
    fixed = ["train", "--config", "tiny_lite2d", *chosen, "--device", "cpu", "--threads", "1"]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*launch, "-m", "training", *fixed, "--release", str(spot_release), "--out", str(run)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert (said[0]["event"], said[0]["processes"]) == ("started", 2)
    names = [event["event"] for event in said]
    assert [names.count(name) for name in ("started", "sample", "validation", "finished")] == [1, 1, 1, 1]
    assert said[-1]["steps"] == 3 and np.isfinite(said[-1]["loss"])
    assert [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()] == said
    assert [path.name for path in run.glob("*.safetensors")] == ["model.safetensors"]
