"""Convolutions that are computed in another way than PyTorch would."""

import pytest
import torch
from torch import nn

from training.models.parts import PatchConv3d


@pytest.mark.parametrize("kernel", [(1, 16, 16), (2, 16, 16), (1, 14, 14)])
def test_patches_are_embedded_as_by_the_convolution_of_the_same_weights(kernel: tuple[int, int, int]) -> None:
    ours = PatchConv3d(3, 24, kernel).double()
    theirs = nn.Conv3d(3, 24, kernel, stride=kernel).double()
    theirs.load_state_dict(ours.state_dict())
    pictures = torch.rand(2, 3, *(4 * kernel[0], 3 * kernel[1], 2 * kernel[2]), dtype=torch.float64)
    found, expected = ours(pictures), theirs(pictures)
    assert found.shape == expected.shape == (2, 24, 4, 3, 2)
    torch.testing.assert_close(found, expected)
    for each in (found, expected):
        each.square().sum().backward()
    for name, weight in ours.named_parameters():
        torch.testing.assert_close(weight.grad, theirs.get_parameter(name).grad)


def test_a_seed_gives_patches_the_weights_that_it_gives_a_convolution() -> None:
    torch.manual_seed(3)
    ours = PatchConv3d(3, 24, (1, 8, 8)).state_dict()
    torch.manual_seed(3)
    theirs = nn.Conv3d(3, 24, (1, 8, 8), stride=(1, 8, 8)).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_patches_that_do_not_fill_a_picture_are_an_error() -> None:
    with pytest.raises(RuntimeError):
        PatchConv3d(3, 24, (2, 8, 8))(torch.rand(1, 3, 4, 16, 20))
