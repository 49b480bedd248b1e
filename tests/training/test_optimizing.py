"""How fast each layer learns, what decays, what is averaged, clipped and frozen, and batches in several parts."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from training import config as configs
from training.batches import Batch, gather
from training.clips import ClipSet
from training.config import CenterPriorConfig, NetworkConfig
from training.models import Model
from training.optimizing import Average, optimizer_of, set_rate
from training.seeing import window_of
from training.state import Training
from training.train import untrained
from training.windows import Pick, even_starts

pytestmark = pytest.mark.long

CPU = torch.device("cpu")
KERNELS = (nn.Linear, nn.modules.conv._ConvNd)
STILL = ("augment.mirror=0", "augment.colour=0", "train.validation_share=0")


def config_of(preset: str, *settings: str) -> NetworkConfig:
    config = configs.load(preset, list(settings))
    assert not isinstance(config, CenterPriorConfig)
    return config


def training_of(clips: ClipSet, preset: str, *settings: str) -> Training:
    config = config_of(preset, *settings)
    return Training(untrained(config, clips), config, clips, CPU)


def by_name(model: Model, optimizer: torch.optim.Optimizer, quantity: str) -> dict[str, float]:
    """What each parameter's group says, of every one that learns, each of which is in one group."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    found = [
        (names[id(each)], group[quantity]) for group in optimizer.param_groups for each in group["params"]
    ]
    assert sorted(name for name, _ in found) == sorted(
        name for name, parameter in model.named_parameters() if parameter.requires_grad
    )
    return dict(found)


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def test_layers_of_a_pretrained_encoder_learn_the_slower_the_earlier_they_come(spot_clips: ClipSet) -> None:
    config = config_of("tiny_umt_hier", "optimizer.encoder_lr_share=0.1", "optimizer.layer_decay=0.5")
    model = untrained(config, spot_clips)
    optimizer = optimizer_of(model, config.optimizer)

    def share(name: str) -> float:
        if not name.startswith("encoder."):
            return 1
        if not name.startswith("encoder.blocks."):
            return 0.1 * 0.5**4
        return 0.1 * 0.5 ** (3 - int(name.split(".")[2]))

    scales = by_name(model, optimizer, "scale")
    assert scales == pytest.approx({name: share(name) for name in scales})
    set_rate(optimizer, 0.02)
    rates = by_name(model, optimizer, "lr")
    assert rates == pytest.approx({name: 0.02 * share(name) for name in rates})


@pytest.mark.parametrize("preset", ["tiny_lite2d", "tiny_lites3d", "tiny_av_gate"])
def test_every_network_with_an_encoder_has_layers_that_learn_slower(preset: str, spot_clips: ClipSet) -> None:
    config = config_of(preset, "optimizer.encoder_lr_share=0.25", "optimizer.layer_decay=0.9")
    model = untrained(config, spot_clips)
    scales = by_name(model, optimizer_of(model, config.optimizer), "scale")
    trunk = {scale for name, scale in scales.items() if "trunk." in name}
    assert {scale for name, scale in scales.items() if "trunk." not in name} == {1}
    assert sorted(trunk, reverse=True) == pytest.approx([0.25 * 0.9**below for below in range(len(trunk))])
    assert len(trunk) > 5


def test_with_a_step_each_layer_moves_by_its_own_rate(spot_clips: ClipSet) -> None:
    settings = ("optimizer.encoder_lr_share=0.1", "optimizer.layer_decay=0.5", "optimizer.weight_decay=0")
    training = training_of(spot_clips, "tiny_umt_hier", *settings, "optimizer.warmup_share=0")
    before, rate = weights_of(training.model), training.rate
    training.advance()
    # Adam's first step is the rate itself wherever there is a gradient to speak of.
    moved = {
        name: float((parameter.detach() - before[name]).abs().max())
        for name, parameter in training.model.named_parameters()
    }
    assert moved["head.weight"] == pytest.approx(rate, rel=0.01)
    training.advance()
    rates = by_name(training.model, training.optimizer, "lr")
    assert rates["head.weight"] == pytest.approx(training.config.optimizer.lr * 0.5 * (1 + np.cos(np.pi / 6)))
    assert rates["encoder.blocks.2.norm1.weight"] == pytest.approx(0.05 * rates["head.weight"])


@pytest.mark.parametrize(
    ("preset", "settings"),
    [
        ("small_net", ()),
        ("tiny_lite2d", ("net.norms=batch",)),
        ("tiny_lites3d", ("net.norms=batch",)),
        ("tiny_umt_hier", ()),
        ("tiny_umt_hier", ("net.encoder=internvideo2",)),
        ("tiny_umt_hier", ("net.encoder=vjepa2",)),
        ("tiny_av_gate", ()),
    ],
)
def test_kernels_decay_and_nothing_else_does(
    preset: str, settings: tuple[str, ...], spot_clips: ClipSet
) -> None:
    config = config_of(preset, "optimizer.weight_decay=0.5", "optimizer.lr=0.1", *settings)
    model = untrained(config, spot_clips)
    kernels = {f"{name}.weight" for name, module in model.named_modules() if isinstance(module, KERNELS)}
    optimizer = optimizer_of(model, config.optimizer)
    set_rate(optimizer, 0.1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(2)
            parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    # Without a gradient there is nothing but decay, by rate times weight_decay.
    after = {name: set(parameter.detach().flatten().tolist()) for name, parameter in model.named_parameters()}
    assert {name for name, values in after.items() if values != {2.0}} == kernels
    assert {value for name in kernels for value in after[name]} == {float(torch.tensor(2 * (1 - 0.1 * 0.5)))}


class Dial(nn.Module):
    """One number that learns and one that does not."""

    def __init__(self) -> None:
        super().__init__()
        self.dial = nn.Parameter(torch.tensor(0.0))
        self.fixed = nn.Parameter(torch.tensor(7.0), requires_grad=False)

    def turned(self, to: float) -> nn.Module:
        with torch.no_grad():
            self.dial.fill_(to)
        return self


def test_the_average_forgets_the_beginning_and_then_as_slowly_as_configured() -> None:
    model = Dial()
    average = Average(model, 0.5)
    assert average.values.keys() == {"dial"}
    # (1 + n) / (10 + n) is 2/11 after the first step, 3/12 after the second, and past 1/2 from the eighth on.
    average.update(model.turned(1), 1)
    assert float(average.values["dial"]) == pytest.approx(9 / 11)
    average.update(model.turned(3), 2)
    assert float(average.values["dial"]) == pytest.approx(9 / 11 * 3 / 12 + 3 * 9 / 12)
    average.restore({"dial": torch.tensor(4.0)})
    average.update(model.turned(1), 100)
    assert float(average.values["dial"]) == pytest.approx(4 * 0.5 + 1 * 0.5)
    average.restart(model.turned(9))
    assert float(average.values["dial"]) == 9
    off = Average(model, 0)
    off.update(model.turned(-1), 1)
    assert float(off.values["dial"]) == -1


@pytest.mark.parametrize("ema", [0.2, 0.0])
def test_a_run_averages_the_weights_after_each_of_its_steps(ema: float, spot_clips: ClipSet) -> None:
    training = training_of(spot_clips, "tiny_lite2d", f"optimizer.ema={ema}", "train.validation_share=0")
    expected = weights_of(training.model)
    for step in range(1, 5):
        training.advance()
        decay = min(ema, (1 + step) / (10 + step))
        for name, parameter in training.model.named_parameters():
            expected[name] = decay * expected[name] + (1 - decay) * parameter.detach()
    found = training.averaged_weights()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=1e-6, msg=name)
    assert found.keys() == training.model.state_dict().keys()


def gradient(training: Training) -> Tensor:
    """The gradient that the last step was taken with, all of it in one row."""
    return torch.cat([each.grad.flatten() for each in training.model.parameters() if each.grad is not None])


def test_a_gradient_that_is_too_long_is_shortened_and_a_short_one_left_alone(spot_clips: ClipSet) -> None:
    runs = [training_of(spot_clips, "tiny_lite2d", f"optimizer.clip_norm={norm}") for norm in (1e6, 1e-3)]
    for training in runs:
        training.advance()
    whole, clipped = (gradient(training) for training in runs)
    assert float(whole.norm()) > 0.01
    assert float(clipped.norm()) == pytest.approx(1e-3, rel=1e-3)
    torch.testing.assert_close(clipped, whole * (1e-3 / whole.norm()), rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_the_encoder_rests_in_the_first_epochs_and_learns_from_then_on(
    accumulate: int, spot_clips: ClipSet
) -> None:
    # Four batches make an epoch: three of the six windows of the wide clips, one of those of the tall one.
    steps = 4 // accumulate
    settings = ("optimizer.frozen_epochs=1", f"train.accumulate={accumulate}", "train.validation_share=0")
    training = training_of(spot_clips, "tiny_umt_hier", *settings)
    before = weights_of(training.model)
    for _ in range(steps):
        training.advance()
    moved = {
        name for name, value in weights_of(training.model).items() if not torch.equal(value, before[name])
    }
    assert moved and not {name for name in moved if name.startswith("encoder.")}
    training.advance()
    moved = {
        name for name, value in weights_of(training.model).items() if not torch.equal(value, before[name])
    }
    encoder = {name for name in before if name.startswith("encoder.")}
    assert encoder <= moved


def parts_of(clips: ClipSet, config: NetworkConfig, parts: int) -> Iterator[Batch]:
    """Batches of four windows in so many parts each; of the last window the second half lies beyond its clip."""
    window = window_of(config)
    for first in itertools.count():
        picks = [
            Pick(clip, start_s)
            for clip in (first % 3, (first + 1) % 3)
            for start_s in even_starts(window, clips.clips[clip].duration_s, 2).tolist()
        ]
        picks[-1] = picks[-1]._replace(
            start_s=clips.clips[picks[-1].clip].duration_s - window.target_span_s / 2
        )
        size = len(picks) // parts
        for part in range(parts):
            yield gather(clips, picks[part * size : (part + 1) * size], window)


def test_a_batch_in_two_parts_makes_the_step_of_the_whole_one(spot_clips: ClipSet) -> None:
    # Adam blows up differences in the last digit where gradients are small; slow steps leave them small.
    slow = (
        *STILL,
        "optimizer.lr=2e-4",
        "optimizer.clip_norm=1e6",
        "loss.hard_gain=1",
        "loss.hard_from_share=0",
    )
    runs = []
    for parts in (1, 2):
        settings = (*slow, f"train.accumulate={parts}", f"train.batch={4 // parts}")
        training = training_of(spot_clips, "tiny_lite2d", *settings)
        training._batches = parts_of(spot_clips, training.config, parts)
        runs.append(training)
    whole, halved = ([training.advance() for _ in range(5)] for training in runs)
    np.testing.assert_allclose(halved, whole, atol=1e-5)
    assert abs(whole[0] - whole[-1]) > 1e-3
    torch.testing.assert_close(gradient(runs[1]), gradient(runs[0]), rtol=0, atol=1e-5)
    for name, value in runs[0].tensors().items():
        if name.startswith("hard."):
            torch.testing.assert_close(runs[1].tensors()[name], value, rtol=0, atol=1e-5, msg=name)
