"""The bench of speed, tried on a CPU with networks that are small."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch
from torch.fx import GraphModule
from torch.nn import functional

from benchmarks.training import gpu, throughput
from benchmarks.training.throughput import Ceilings, Moved, Speed, Subject, measure_what_fits
from training.config.nets import Lite2dNet, LiteS3dNet, UmtHierNet
from training.grid import Grid
from training.models.vit import SIZES, Attention

CPU = torch.device("cpu")
CEILING = Ceilings(tflop_s=2.0, gb_s=4.0)
TINY = {
    "umt_hier": Subject(UmtHierNet(size="tiny", frames=4, decoder_width=32), Grid(32, 32), 2),
    "lites3d": Subject(LiteS3dNet(width=0.125, frames=8), Grid(32, 64), 2),
    "lite2d": Subject(Lite2dNet(width=0.125, frames=4), Grid(32, 64), 2),
}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput, "LASTS_S", 0)
    monkeypatch.setattr(throughput, "WARM_UP", 1)
    monkeypatch.setattr(throughput, "ROUNDS", 2)


def speeds(name: str, backend: str | None = None) -> list[Speed]:
    return measure_what_fits(name, TINY[name], CPU, CEILING, backend=backend)


def fails_once_compiled(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[str | None]:
    """Compiling fails with that error; the backends of all attempts come back."""
    tried: list[str | None] = []
    real = throughput.measure

    def measure(*args: object, backend: str | None) -> list[Speed]:
        tried.append(backend)
        if backend:
            raise error
        return real(*args, backend=backend)  # type: ignore[arg-type]

    monkeypatch.setattr(throughput, "measure", measure)
    return tried


@pytest.mark.parametrize("name", TINY)
def test_training_and_prediction_are_measured_against_the_ceilings(name: str) -> None:
    training, prediction = speeds(name)
    assert (training.doing, prediction.doing) == ("training", "prediction")
    for each in (training, prediction):
        assert each.clips_s > 0 and each.frames_s == pytest.approx(each.clips_s * TINY[name].net.frames)
        assert each.share_of_products == pytest.approx(each.tflop_s / 2)
        assert each.share_of_copies == pytest.approx(each.gb_s / 4)
        assert not each.compiled
        assert bool(each.attention) == (name == "umt_hier")
    # A step is three passes, of operations and of bytes alike.
    for rate in ("tflop_s", "gb_s"):
        of_a_clip = [getattr(each, rate) / each.clips_s for each in (training, prediction)]
        assert of_a_clip[0] == pytest.approx(3 * of_a_clip[1])


@pytest.mark.long
def test_networks_that_share_code_are_each_compiled_for_their_own_size() -> None:
    batches: list[int] = []

    def backend(graph: GraphModule, inputs: Sequence[object]) -> Callable[..., object]:
        pictures = next(each for each in inputs if isinstance(each, torch.Tensor) and each.ndim == 5)
        # A graph for any size would be handed the size as well.
        assert not any(isinstance(each, torch.SymInt) for each in inputs)
        batches.append(len(pictures))
        return graph.forward

    for batch in (2, 3):
        subject = replace(TINY["umt_hier"], batch=batch)
        measured = measure_what_fits("umt_hier", subject, CPU, CEILING, backend=backend)
        assert all(each.compiled for each in measured)
    # One graph for training and one for prediction: nothing breaks them.
    assert batches == [2, 2, 3, 3]


def test_a_network_that_cannot_be_compiled_is_measured_without(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = fails_once_compiled(monkeypatch, RuntimeError("Failed to find C compiler"))
    assert not any(each.compiled for each in speeds("lites3d", "inductor"))
    assert tried == ["inductor", None]
    assert "lites3d is measured without torch.compile: Failed to find C compiler" in capsys.readouterr().err


def test_a_batch_that_does_not_fit_is_halved_and_one_window_that_does_not_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[int] = []

    def full(name: str, subject: Subject, *_: object, backend: str | None) -> list[Speed]:
        tried.append(subject.batch)
        raise RuntimeError("GET was unable to find an engine to execute this computation")

    monkeypatch.setattr(throughput, "measure", full)
    assert speeds("lites3d", "inductor") == []
    assert tried == [2, 1]


def test_what_is_moved_is_told_apart_by_whether_it_grows_with_the_batch() -> None:
    # Its products are called without their modules.
    attention = Attention(48, 4, "umt")
    size, tokens = SIZES["tiny"], 10
    for batch in (1, 3):
        with Moved(attention) as moved:
            attention(torch.rand(batch, tokens, size.width), (1, 2, 5))
        # Queries, keys and values from tokens, attention, projection: what goes in and comes out of each.
        of_a_token = (1 + 3) + (3 + 1) + (1 + 1)
        merged_biases = 3 * size.width
        assert moved.features == batch * tokens * of_a_token * size.width + merged_biases
        assert moved.weights == 3 * size.width**2 + size.width**2 + size.width
        assert len(moved.attention) == 1


def test_convolutions_of_every_kind_are_counted() -> None:
    raising = torch.nn.ConvTranspose3d(4, 2, (1, 2, 2), stride=(1, 2, 2))
    with Moved(raising) as moved:
        functional.gelu(raising(torch.rand(1, 4, 3, 5, 5)))
    assert moved.weights == 4 * 2 * 4 + 2
    assert moved.features == 4 * 3 * 25 + 2 * 3 * 100


def test_one_that_fails_leaves_the_others_their_turn_and_their_rows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(throughput, "SUBJECTS", {"umt_hier L": None, "lites3d": TINY["lites3d"]})
    monkeypatch.setattr(sys, "argv", ["throughput", "--device", "cpu", "--eager"])
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)
    with pytest.raises(SystemExit, match="not measured, see above: umt_hier L"):
        throughput.main()
    said = capsys.readouterr().out
    rows = {row.name: row for row in gpu.rows_of(said)}
    assert rows["networks measured on the GPU"].value == 1
    assert rows["networks measured on the GPU"].met is False
    assert rows["umt_hier L, training"].value is None
    assert rows["lites3d, training, 2 windows of 8, eager"].value
    assert any(name.endswith("products in bfloat16") and rows[name].value for name in rows)


def test_a_line_that_was_not_written_to_its_end_does_not_count() -> None:
    ceiling = {"device": "NVIDIA H200", "torch": "2", "cudnn": 9, "tflop_s": 700.0, "gb_s": 4000.0}
    rows = gpu.rows_of(json.dumps(ceiling) + "\n" + '{"model": "lites3d", "doing"')
    assert next(row for row in rows if row.name == "lites3d, training").target == gpu.TARGETS["lites3d"]
    with pytest.raises(SystemExit, match="nothing was measured"):
        gpu.rows_of('{"device"')


@pytest.mark.long
def test_it_needs_torch_numpy_and_pydantic_alone() -> None:
    program = (
        "import sys\n"
        "for name in ('cv2', 'av', 'scipy', 'django', 'rich', 'click', 'safetensors', 'numba', 'pyarrow', "
        "'sklearn'): sys.modules[name] = None\n"
        "sys.argv = ['throughput', '--device', 'gpu:99']\n"
        "import benchmarks.training.throughput as bench\n"
        "bench.main()"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert said.returncode == 1
    assert said.stderr.startswith("error: ") and "GPU" in said.stderr
