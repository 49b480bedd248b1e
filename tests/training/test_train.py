"""Training: it learns, it can be stopped at any step and goes on to the same bits, and it refuses strangers."""

import io
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from processing.errors import BadInput
from training import checkpoint, device, measuring, models, samples
from training import config as configs
from training.clips import ClipSet
from training.config import CenterPriorConfig, SmallNetConfig, from_document
from training.model_card import Origin
from training.models import Model, SmallNet, center_prior
from training.optimizing import learning_rate_share
from training.progress import Reporter, Stopped, StopRequest
from training.run_folder import RunFolder
from training.state import Training
from training.train import fit

pytestmark = pytest.mark.long

CPU = torch.device("cpu")
ORIGIN = Origin("spots", "in memory")


def tiny(**sections: object) -> SmallNetConfig:
    document: dict[str, object] = {
        "model": "small_net",
        "data": {"long_side": 64, "short_side": 32},
        "net": {"lags_s": [0, 0.2], "widths": [8, 8, 16, 16]},
        "train": {"steps": 8, "batch": 4, "checkpoint_every_s": 1000},
        **sections,
    }
    config = from_document(document)
    assert isinstance(config, SmallNetConfig)
    return config


class StopAfter(StopRequest):
    """Asks for the end at the n-th look at it, as a signal at that moment would."""

    def __init__(self, looks: int) -> None:
        self._looks = looks
        super().__init__()

    @property
    def reason(self) -> str | None:
        self._looks -= 1
        return "SIGTERM" if self._looks < 0 else None

    @reason.setter
    def reason(self, value: str | None) -> None:
        assert value is None


@pytest.fixture(autouse=True)
def settled() -> None:
    device.settle(CPU, 2)


def run_folder(path: Path) -> RunFolder:
    path.mkdir()
    return RunFolder(path)


def train(
    config: SmallNetConfig | CenterPriorConfig, clips: ClipSet, run: RunFolder, stop: StopRequest
) -> dict:
    reporter = Reporter(stop, io.StringIO())
    return dict(fit(config, clips, run, origin=ORIGIN, device=CPU, reporter=reporter, stop=stop))


@pytest.mark.parametrize("steps_before", [1, 5, 8])
def test_an_interrupted_run_ends_with_the_same_bits(
    spot_clips: ClipSet, tmp_path: Path, steps_before: int
) -> None:
    whole, broken = run_folder(tmp_path / "whole"), run_folder(tmp_path / "broken")
    expected = train(tiny(), spot_clips, whole, StopRequest())
    with pytest.raises(Stopped):
        train(tiny(), spot_clips, broken, StopAfter(steps_before - 1))
    assert not broken.model.exists()
    facts = train(tiny(), spot_clips, broken, StopRequest())
    assert (facts["steps"], facts["loss"]) == (8, expected["loss"])
    assert broken.model.read_bytes() == whole.model.read_bytes()
    assert not broken.checkpoint.exists()


def test_the_loss_falls_below_that_of_the_prior(spot_clips: ClipSet) -> None:
    torch.manual_seed(0)
    config = tiny(train={"steps": 40, "batch": 4}, optimizer={"lr": 5e-3})
    training = training_state(config, spot_clips)
    values = [training.advance() for _ in range(40)]
    assert np.mean(values[-5:]) < 0.6 * np.mean(values[:3])


def training_state(config: SmallNetConfig, clips: ClipSet) -> Training:
    model = models.build(config, center_prior.fit(clips.mean_maps(2), clips.grids(2)))
    assert isinstance(model, SmallNet)
    return Training(model, config, clips, CPU)


def test_the_centre_prior_is_the_mean_of_the_target_maps(spot_clips: ClipSet, tmp_path: Path) -> None:
    run = run_folder(tmp_path / "prior")
    facts = train(CenterPriorConfig(model="center_prior"), spot_clips, run, StopRequest())
    assert facts["parameters"] == 0
    tensors, _ = checkpoint.load(run.model, {"model": "center_prior"})
    grid = spot_clips.grids(2)[spot_clips.clips[0].orientation]
    expected = np.mean([clip.mean_density(grid) for clip in spot_clips.clips[:3]], axis=0)
    np.testing.assert_allclose(tensors["prior.landscape"].numpy(), expected, rtol=1e-5, atol=1e-9)
    # No square clip was there: the mean of all stands in.
    assert tensors["prior.square"].sum().item() == pytest.approx(1, abs=1e-5)


def test_a_centre_prior_is_measured_on_the_device_of_its_run(
    spot_clips: ClipSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = torch.device("meta")
    found: set[torch.device] = set()

    def figures(model: Model, config: CenterPriorConfig, device: torch.device) -> dict[str, float]:
        found.update({device, *(each.device for each in model.buffers())})
        return {}

    monkeypatch.setattr(measuring, "figures", figures)
    # A device without numbers has none to save.
    monkeypatch.setattr(checkpoint, "save", lambda *_: None)
    config = configs.load("center_prior", ["net.edges_s=[1, 2]"])
    stop = StopRequest()
    run, reporter = run_folder(tmp_path / "run"), Reporter(stop, io.StringIO())
    fit(config, spot_clips, run, origin=ORIGIN, device=elsewhere, reporter=reporter, stop=stop)
    assert found == {elsewhere}


def test_a_checkpoint_of_other_clips_or_settings_is_refused(spot_clips: ClipSet, tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run")
    with pytest.raises(Stopped):
        train(tiny(), spot_clips, run, StopAfter(0))
    others = ClipSet(spot_clips.clips, "another digest", spot_clips.long_side, spot_clips.short_side)
    with pytest.raises(BadInput, match="another release"):
        train(tiny(), others, run, StopRequest())
    with pytest.raises(BadInput, match="another configuration"):
        train(tiny(optimizer={"lr": 1.0}), spot_clips, run, StopRequest())
    run.checkpoint.write_bytes(b"no tensors")
    with pytest.raises(BadInput, match="cannot read the checkpoint"):
        train(tiny(), spot_clips, run, StopRequest())


def test_a_run_goes_on_with_as_many_processes_as_it_was_begun_with(
    spot_clips: ClipSet, tmp_path: Path
) -> None:
    run = run_folder(tmp_path / "run")
    with pytest.raises(Stopped):
        train(tiny(), spot_clips, run, StopAfter(0))
    tensors, facts = checkpoint.load(run.checkpoint, {})
    assert facts["processes"] == "1"
    checkpoint.save(run.checkpoint, tensors, {**facts, "processes": "2"})
    with pytest.raises(BadInput, match=r"another number of processes \(2, not 1\).* go on with as many"):
        train(tiny(), spot_clips, run, StopRequest())
    del facts["processes"]
    checkpoint.save(run.checkpoint, tensors, facts)
    assert train(tiny(), spot_clips, run, StopRequest())["steps"] == 8


def test_a_loss_that_is_no_number_ends_the_run_in_words(spot_clips: ClipSet, tmp_path: Path) -> None:
    wild = {"lr": 1e30, "clip_norm": 1e30, "warmup_share": 0}
    long = tiny(optimizer=wild, train={"steps": 20, "batch": 4, "samples": 0})
    with pytest.raises(
        BadInput, match=r"no number any more at step \d+, for the 10th time.*lower optimizer.lr"
    ):
        train(long, spot_clips, run_folder(tmp_path / "long"), StopRequest())
    short = run_folder(tmp_path / "short")
    with pytest.raises(BadInput, match=r"no number any more in the last of 3 steps: lower optimizer.lr"):
        train(tiny(optimizer=wild, train={"steps": 3, "batch": 4}), spot_clips, short, StopRequest())
    assert not short.model.exists()
    validated = run_folder(tmp_path / "validated")
    kept_out = {"steps": 3, "batch": 4, "validation_share": 0.5, "validate_every": 3}
    with pytest.raises(BadInput, match=r"no validation in 3 steps gave a number: lower optimizer.lr"):
        train(tiny(optimizer=wild, train=kept_out), spot_clips, validated, StopRequest())
    assert not validated.model.exists()


def test_a_sample_that_does_not_fit_into_memory_is_told(
    spot_clips: ClipSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(samples, "even_batches", exhausted)
    with pytest.raises(
        BadInput, match=r"train.batch = 4 does not fit into memory, 2 may: set train.batch = 2"
    ):
        train(
            tiny(train={"steps": 3, "batch": 4, "samples": 1}),
            spot_clips,
            run_folder(tmp_path / "run"),
            StopRequest(),
        )


@pytest.mark.parametrize(("span_s", "short"), [(0.2, 0), (1.3, 4)])
def test_clips_that_are_shorter_than_a_window_are_told(
    span_s: float, short: int, spot_clips: ClipSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configs.load("tiny_lites3d", [f"net.step_s={span_s / 7}", "train.steps=1", "train.samples=0"])
    run, said = run_folder(tmp_path / "run"), io.StringIO()
    stop = StopRequest()
    fit(config, spot_clips, run, origin=ORIGIN, device=CPU, reporter=Reporter(stop, said), stop=stop)
    events = [json.loads(line) for line in said.getvalue().splitlines()]
    told = [event["clips"] for event in events if event["event"] == "too_short"]
    assert told == [short] * bool(short)
    words = "4 of 4 clips are shorter than a window of 1.3 s: what lies beyond their end does not count\n"
    assert capsys.readouterr().err == (words if short else "")


def test_the_folder_of_another_configuration_is_refused(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run")
    run.begin(tiny())
    run.begin(tiny())
    assert json.loads(run.config.read_text())["config"]["train"]["steps"] == 8
    with pytest.raises(BadInput, match="another configuration"):
        run.begin(tiny(seed=4))


def test_only_one_process_trains_in_a_folder(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    with run.locked(), pytest.raises(BadInput, match="another process"), RunFolder(run.root).locked():
        pass
    with run.locked():
        pass


def test_the_learning_rate_rises_then_falls_to_nothing() -> None:
    shares = [learning_rate_share(step, 100, 0.1) for step in range(101)]
    assert shares[0] == pytest.approx(0.1)
    assert shares[9] == shares[10] == 1
    assert shares[-1] == pytest.approx(0)
    assert all(later <= earlier for earlier, later in pairwise(shares[10:]))
