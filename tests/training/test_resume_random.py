"""What draws random numbers on its way, or changes as it goes, ends with the same bits wherever it was broken off."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from training import checkpoint, device, sound
from training import config as configs
from training.clips import ClipSet
from training.config import CenterPriorConfig
from training.state import Training
from training.train import untrained

pytestmark = pytest.mark.long

CPU = torch.device("cpu")
STEPS = 5
BROKEN_AT = (1, 3)
FIXED = (f"train.steps={STEPS}", "train.validation_share=0")
DROPPING, DEAF = "net.drop_path=0.6", "net.audio_dropout=0.5"

# Four batches of two windows make an epoch, so an encoder that rests learns in the last step.
KINDS = {
    "dropped branches": ("tiny_umt_hier", DROPPING),
    "dropped branches in parts, computed twice": (
        "tiny_umt_hier",
        DROPPING,
        "net.recompute_blocks=2",
        "train.accumulate=2",
    ),
    "deaf windows": ("tiny_av_gate", DEAF),
    "an encoder that rests first": ("tiny_umt_hier", DROPPING, "optimizer.frozen_epochs=1"),
    "the same in parts": ("tiny_umt_hier", DROPPING, "optimizer.frozen_epochs=2", "train.accumulate=2"),
    "batch norms": ("tiny_lite2d", "net.norms=batch"),
    "batch norms in parts, hard clips": (
        "tiny_lite2d",
        "net.norms=batch",
        "train.accumulate=2",
        "loss.hard_gain=1",
        "loss.hard_from_share=0",
    ),
}


@pytest.fixture
def clips(spot_clips: ClipSet) -> ClipSet:
    """The spots with a sound each."""
    rng = np.random.default_rng(0)
    steps = round(spot_clips.clips[0].duration_s * sound.STEPS_PER_S)
    sounding = [
        replace(clip, sound=rng.normal(size=(sound.MELS, steps)).astype(np.float16))
        for clip in spot_clips.clips
    ]
    return replace(spot_clips, clips=sounding)


@pytest.fixture(autouse=True)
def settled() -> None:
    device.settle(CPU, 1)


def training_of(clips: ClipSet, preset: str, *settings: str) -> Training:
    config = configs.load(preset, [*FIXED, *settings])
    assert not isinstance(config, CenterPriorConfig)
    return Training(untrained(config, clips), config, clips, CPU)


def goes_on(training: Training, until: int) -> tuple[list[float], dict[str, Tensor]]:
    """The losses up to that step, and a copy of the whole state then."""
    values = [training.advance() for _ in range(training.step, until)]
    state = {**training.tensors(), **training.averaged_weights()}
    return values, {name: value.clone() for name, value in state.items()}


def elsewhere(seed: int) -> None:
    """As another process has drawn other numbers."""
    torch.manual_seed(seed)
    torch.rand(seed % 97 + 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_broken_off_anywhere_ends_with_the_same_bits(
    kind: str, clips: ClipSet, tmp_path: Path
) -> None:
    preset, *settings = KINDS[kind]
    elsewhere(1)
    losses, expected = goes_on(training_of(clips, preset, *settings), STEPS)
    assert len(set(losses)) == STEPS
    path = tmp_path / "checkpoint.safetensors"
    for broken_at in BROKEN_AT:
        elsewhere(broken_at)
        begun = training_of(clips, preset, *settings)
        goes_on(begun, broken_at)
        checkpoint.save(path, begun.tensors(), begun.counts())
        elsewhere(100 + broken_at)
        again = training_of(clips, preset, *settings)
        again.restore(*checkpoint.load(path, {}))
        values, found = goes_on(again, STEPS)
        assert values == losses[broken_at:]
        assert found.keys() == expected.keys()
        assert [name for name, value in expected.items() if not torch.equal(found[name], value)] == []


@pytest.mark.parametrize(
    ("preset", "on", "off"),
    [
        ("tiny_umt_hier", DROPPING, "net.drop_path=0"),
        ("tiny_av_gate", DEAF, "net.audio_dropout=0"),
        ("tiny_umt_hier", DROPPING, f"{DROPPING} seed=1"),
    ],
)
def test_what_is_dropped_shows_in_the_weights(preset: str, on: str, off: str, clips: ClipSet) -> None:
    runs = [training_of(clips, preset, *settings.split()) for settings in (on, off)]
    runs[1].model.load_state_dict(runs[0].model.state_dict())
    for training in runs:
        # The last layer begins at zero, and what is dropped before it does not show in the first step.
        training._batches = itertools.repeat(training._sampler_of(2).batch(0))
        goes_on(training, 3)
    first, second = (training.averaged_weights() for training in runs)
    assert any(not torch.equal(first[name], value) for name, value in second.items())
