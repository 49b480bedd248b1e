"""Curves go to TensorBoard where somebody wants them and it is there, and nowhere else."""

import sys
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from processing.errors import BadInput
from training.cli import main
from training.curves import curves

pytestmark = pytest.mark.long

PLACE = "torch.utils.tensorboard"


class Writer:
    """What TensorBoard's writer is to a run; it remembers."""

    made: list["Writer"] = []

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.points: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self.closed = False
        Writer.made.append(self)

    def add_scalar(self, name: str, value: float, step: int) -> None:
        assert not self.closed
        self.points[name].append((step, value))

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Writer]:
    """The writers that are made from now on, by a TensorBoard that is there."""
    tensorboard = ModuleType(PLACE)
    tensorboard.SummaryWriter = Writer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, PLACE, tensorboard)
    monkeypatch.setattr(Writer, "made", [])
    return Writer.made


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PLACE, None)


def train(release: Path, run: Path, *settings: str) -> tuple[int, str]:
    chosen = [word for setting in ("train.samples=0", *settings) for word in ("--set", setting)]
    given = ["train", "--config", "tiny_lite2d", *chosen, "--release", str(release), "--out", str(run)]
    result = CliRunner().invoke(main, given)
    return result.exit_code, result.stderr


def test_nobody_who_wants_no_curves_needs_tensorboard(not_installed: None, tmp_path: Path) -> None:
    with curves(False, tmp_path / "curves") as drawn:
        drawn.add({"loss": 1.0}, 1)
    assert not [*tmp_path.iterdir()]


def test_curves_that_are_wanted_and_cannot_be_drawn_end_a_run_in_one_line(
    not_installed: None, spot_release: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="TensorBoard is not installed: pip install tensorboard"):
        curves(True, tmp_path).__enter__()
    status, said = train(spot_release, tmp_path / "run", "train.tensorboard=true")
    assert status == 2 and said.startswith("error: TensorBoard is not installed") and said.count("\n") == 1
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_every_step_and_every_validation_is_a_point_of_the_curves(
    made: list[Writer], spot_release: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    settings = (
        "train.tensorboard=true",
        "train.steps=4",
        "train.validate_every=2",
        "optimizer.warmup_share=0.5",
    )
    assert train(spot_release, run, *settings, "optimizer.lr=0.002") == (0, "")
    (writer,) = made
    assert Path(writer.folder) == run / "tensorboard" and writer.closed
    of_steps = {"loss", "lr"}
    of_validations = {f"validation/{name}" for name in ("cc", "sim", "nss", "kld")}
    assert writer.points.keys() == of_steps | of_validations
    assert all([step for step, _ in writer.points[name]] == [1, 2, 3, 4] for name in of_steps)
    assert all([step for step, _ in writer.points[name]] == [2, 4] for name in of_validations)
    assert [rate for _, rate in writer.points["lr"]] == pytest.approx([0.001, 0.002, 0.002, 0.001])
    assert -1 <= writer.points["validation/cc"][0][1] <= 1
    assert 0 <= writer.points["validation/sim"][0][1] <= 1


def test_a_run_that_wants_no_curves_writes_none(
    made: list[Writer], spot_release: Path, tmp_path: Path
) -> None:
    assert train(spot_release, tmp_path / "run", "train.steps=1") == (0, "")
    assert made == []
