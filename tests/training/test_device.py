"""Which device a wish stands for, on machines with GPUs and without."""

import pytest
import torch
from torch import nn

from processing.errors import BadInput
from training import device
from training.models.parts import Conv3d, DepthwiseConv3d, PatchConv3d


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("wish", "place", "chosen"),
    [
        ("auto", None, "cuda:0"),
        ("gpu", None, "cuda:0"),
        ("gpu:1", None, "cuda:1"),
        ("auto", 1, "cuda:1"),
        ("gpu", 1, "cuda:1"),
        ("cpu", 1, "cpu"),
    ],
)
def test_each_process_has_a_gpu_of_its_own(wish: str, place: int | None, chosen: str) -> None:
    assert device.choose(wish, place) == torch.device(chosen)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("wish", "place", "named"),
    [
        ("gpu:1", 0, "under torchrun: leave the number out, each process takes a GPU of its own"),
        ("gpu:2", None, "no GPU of number 2: this machine has 2"),
        ("gpu", 2, "no GPU of number 2: this machine has 2"),
        ("gpu:first", None, "no device 'gpu:first'"),
        ("cpu:0", None, "no device 'cpu:0'"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(wish: str, place: int | None, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        device.choose(wish, place)


def test_convolutions_that_gain_by_it_have_channels_last() -> None:
    gain = [nn.Conv3d(4, 8, 3), Conv3d(4, 8, 3), nn.ConvTranspose3d(4, 8, (1, 2, 2), stride=(1, 2, 2))]
    lose = [DepthwiseConv3d(4, 3), PatchConv3d(4, 8, (1, 2, 2))]
    flat = nn.Conv2d(4, 8, 3)
    before = [each.weight.clone() for each in (*gain, *lose, flat)]
    device.with_channels_last(nn.ModuleList([*gain, *lose, flat]))
    assert all(each.weight.is_contiguous(memory_format=torch.channels_last_3d) for each in gain)
    assert all(each.weight.is_contiguous() for each in lose)
    assert flat.weight.is_contiguous(memory_format=torch.channels_last)
    assert all(torch.equal(each.weight, old) for each, old in zip((*gain, *lose, flat), before, strict=True))
