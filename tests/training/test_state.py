"""One step: what is no number changes nothing, neither weights nor what a pass writes down on its way."""

from dataclasses import replace

import pytest
import torch

from training import config as configs
from training import state
from training.clips import ClipSet
from training.config import Lite2dConfig
from training.state import Training
from training.train import untrained

pytestmark = pytest.mark.long

CPU = torch.device("cpu")


def training_state(clips: ClipSet, *settings: str) -> Training:
    config = configs.load("tiny_lite2d", list(settings))
    assert isinstance(config, Lite2dConfig)
    return Training(untrained(config, clips), config, clips, CPU)


def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures of the next steps are no numbers."""
    augment = state.augment

    def spoilt(batch, *rest):
        return replace(augment(batch, *rest), pictures=torch.full_like(batch.pictures, torch.nan))

    monkeypatch.setattr(state, "augment", spoilt)


@pytest.mark.parametrize("norms", ["group", "batch"])
def test_a_step_that_is_no_number_changes_nothing_and_the_next_one_is_a_step_again(
    norms: str, spot_clips: ClipSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    hard = ("loss.hard_gain=1", "loss.hard_from_share=0", "train.accumulate=2")
    training = training_state(spot_clips, f"net.norms={norms}", *hard)
    training.advance()
    before = {name: value.clone() for name, value in training.tensors().items()}
    assert any("running_mean" in name for name in before) == (norms == "batch")
    with monkeypatch.context() as patched:
        poisoned(patched)
        assert not torch.tensor(training.advance()).isfinite()
    assert (training.step, training.skipped) == (2, 1)
    after = training.tensors()
    assert after.keys() == before.keys()
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, rtol=0, atol=0, msg=name)
    assert torch.tensor(training.advance()).isfinite() and training.skipped == 0
    changed = training.tensors()
    assert all(value.isfinite().all() for value in changed.values())
    assert any(not torch.equal(changed[name], before[name]) for name in before if name.startswith("hard."))
