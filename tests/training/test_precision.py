"""In bfloat16 the network computes; what learns and what it learns from stays in float32."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from training import config as configs
from training import device, losses
from training.clips import ClipSet
from training.config import CenterPriorConfig
from training.state import Training
from training.train import untrained

pytestmark = pytest.mark.long

CPU = torch.device("cpu")
STEPS = 40


def training_of(clips: ClipSet, precision: str, preset: str, *settings: str) -> Training:
    fixed = [f"train.precision={precision}", f"train.steps={STEPS}", "train.validation_share=0"]
    config = configs.load(preset, [*fixed, *settings])
    assert not isinstance(config, CenterPriorConfig)
    return Training(untrained(config, clips), config, clips, CPU)


@pytest.fixture(autouse=True)
def settled() -> None:
    device.settle(CPU, 1)


@pytest.mark.parametrize("preset", ["tiny_lite2d", "tiny_lites3d", "tiny_umt_hier", "tiny_av_gate"])
@pytest.mark.parametrize(("precision", "computed_in"), [("bf16", torch.bfloat16), ("auto", torch.float32)])
def test_parameters_and_losses_are_in_float32_whatever_the_network_computes_in(
    precision: str,
    computed_in: torch.dtype,
    preset: str,
    spot_clips: ClipSet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = training_of(spot_clips, precision, preset)
    computed: set[torch.dtype] = set()
    for module in training.model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.Conv3d):
            module.register_forward_hook(lambda _, given, out: computed.add(out.dtype))
    compared: set[torch.dtype] = set()
    per_map = losses.per_map

    def noted(log_p: Tensor, q: Tensor, *rest) -> Tensor:
        each = per_map(log_p, q, *rest)
        compared.update(found.dtype for found in (log_p, q, each, log_p.exp() @ q.mT))
        return each

    monkeypatch.setattr(losses, "per_map", noted)
    for _ in range(2):
        assert np.isfinite(training.advance())
    # A convolution in three dimensions stays in float32 on a CPU, see `training.models.parts.Conv3d`.
    assert computed_in in computed and computed <= {computed_in, torch.float32}
    assert compared == {torch.float32}
    kept = {**training.tensors(), **training.averaged_weights()}
    assert {value.dtype for value in kept.values() if value.is_floating_point()} == {torch.float32}
    learnt = [each.grad.dtype for each in training.model.parameters() if each.grad is not None]
    assert learnt and set(learnt) == {torch.float32}


def test_a_network_learns_as_well_in_bfloat16(spot_clips: ClipSet) -> None:
    small = ("data.long_side=64", "data.short_side=32", "net.lags_s=[0.0, 0.2]", "net.widths=[8, 8, 16, 16]")
    runs = [
        training_of(spot_clips, precision, "small_net", "train.batch=4", "optimizer.lr=5e-3", *small)
        for precision in ("fp32", "bf16")
    ]
    whole, half = (np.array([training.advance() for _ in range(STEPS)]) for training in runs)
    assert not np.array_equal(whole, half)
    # The first step is taken from the same place.
    assert half[0] == pytest.approx(whole[0], rel=0.01)
    before, after = whole[:5].mean(), whole[-5:].mean()
    assert after < 0.5 * before
    assert half[-5:].mean() == pytest.approx(after, abs=0.1 * (before - after))
