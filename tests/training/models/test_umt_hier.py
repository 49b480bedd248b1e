"""The transformer: its parts do what the decoder and public weights rely on."""

import pytest
import torch

from processing.errors import BadInput
from tests.training.models.conftest import priors_of, window
from tests.training.models.test_every_model import shaken
from training.config.nets import UmtHierNet
from training.grid import Orientation
from training.models import build_net
from training.models.rotations import rotated
from training.models.shots import shot_numbers
from training.models.umt_hier import TimeAttention, UmtHier
from training.models.vit import sinusoids

FRAMES = 4


def built(**shape: object) -> UmtHier:
    net = UmtHierNet.model_validate({"size": "tiny", "frames": FRAMES, "decoder_width": 32, **shape})
    model = build_net(net, priors_of(8, 8))
    assert isinstance(model, UmtHier)
    return model


def test_a_cut_begins_a_shot_and_motion_does_not() -> None:
    pictures = torch.zeros(1, 5, 3, 56, 56)
    for moment in range(5):
        # A bright square wanders over a dark ground; from the fourth picture on both are other colours.
        ground, square = (0.1, 0.9) if moment < 3 else (0.5, 0.3)
        pictures[0, moment] = ground
        pictures[0, moment, :, 4 * moment : 4 * moment + 16, 8:32] = square
    assert shot_numbers(pictures, 0.4).tolist() == [[0, 0, 0, 1, 1]]
    assert shot_numbers(pictures, 1.0).tolist() == [[0, 0, 0, 1, 1]]
    assert shot_numbers(pictures[:, :3], 0.4).tolist() == [[0, 0, 0]]


def test_patches_of_14_see_all_of_a_picture_or_none_of_it() -> None:
    model = shaken(built(encoder="internvideo2", patch=14)).eval()
    pictures, seconds = window(FRAMES, 112, 112)
    with torch.no_grad():
        maps = model(pictures, seconds, Orientation.SQUARE)
        assert maps.shape == (len(pictures), FRAMES, 28, 28)
        pictures[..., -1, -1] += 1
        assert not torch.equal(model(pictures, seconds, Orientation.SQUARE), maps)
    pictures, seconds = window(FRAMES, 112, 192)
    with pytest.raises(BadInput, match=r"patches of 14 do not divide a grid of 192x112: .* one of 112, 224"):
        model(pictures, seconds, Orientation.LANDSCAPE)


def test_attention_in_time_stays_within_a_shot() -> None:
    attention = TimeAttention(channels=16, moments=4)
    features = torch.randn(1, 16, 4, 2, 2)
    other = features.clone()
    other[:, :, 2:] = torch.randn(1, 16, 2, 2, 2)
    shots = torch.tensor([[0, 0, 1, 1]])
    before, after = attention(features, shots), attention(other, shots)
    torch.testing.assert_close(before[:, :, :2], after[:, :, :2])
    one_shot = torch.zeros(1, 4, dtype=torch.int64)
    assert not torch.allclose(attention(features, one_shot)[:, :, :2], attention(other, one_shot)[:, :, :2])


def test_rotations_are_those_that_the_published_weights_were_trained_with() -> None:
    # Channel i of a block turns with its neighbour in the pair, but at the rate of i modulo half the block.
    grid, block = (2, 3, 5), 4
    features = torch.randn(1, 1, 30, 14)
    turned = rotated(features, grid)[0, 0]
    for token in (0, 7, 29):
        place = (token // 15, token // 5 % 3, token % 5)
        for channel in range(3 * block):
            axis, own = divmod(channel, block)
            angle = torch.tensor(place[axis] * 10000.0 ** -((own % 2) / 2))
            neighbour = features[0, 0, token, channel ^ 1] * (1 if channel % 2 else -1)
            expected = features[0, 0, token, channel] * angle.cos() + neighbour * angle.sin()
            torch.testing.assert_close(turned[token, channel], expected)
    assert torch.equal(turned[:, 12:], features[0, 0, :, 12:])


def test_the_sinusoids_are_those_of_the_formula() -> None:
    table = sinusoids(5, 6)
    rate = 10000 ** (-2 / 6)
    expected = [torch.tensor(3.0).sin(), torch.tensor(3.0).cos(), torch.tensor(3 * rate).sin()]
    torch.testing.assert_close(table[3, :3], torch.stack(expected))


def test_recomputed_blocks_give_the_same_gradients() -> None:
    pictures, seconds = window(FRAMES, 32, 32)
    gradients = []
    for blocks in (0, 3):
        torch.manual_seed(5)
        model = shaken(built(recompute_blocks=blocks, drop_path=0)).train()
        model(pictures, seconds, Orientation.SQUARE)[..., 0, 0].sum().backward()
        gradient = model.encoder.blocks[0].mlp.fc1.weight.grad
        assert gradient is not None
        gradients.append(gradient)
    torch.testing.assert_close(*gradients)


def test_dropped_paths_keep_the_mean_and_are_off_in_evaluation() -> None:
    block = built(drop_path=0.5).encoder.blocks[-1]
    branch = torch.ones(4000, 1, 1)
    dropped = block.train()._dropped(branch)
    assert sorted(dropped.unique().tolist()) == [0, 2]
    assert dropped.mean().item() == pytest.approx(1, abs=0.1)
    assert torch.equal(block.eval()._dropped(branch), branch)


def test_a_frozen_encoder_gets_no_gradient_and_drops_nothing() -> None:
    model = shaken(built(frozen_encoder=True, drop_path=0.9)).train()
    pictures, seconds = window(FRAMES, 32, 32)
    first, second = (model(pictures, seconds, Orientation.SQUARE) for _ in range(2))
    torch.testing.assert_close(first, second)
    first[..., 0, 0].sum().backward()
    assert all(each.grad is None for each in model.encoder.parameters())
    assert model.head.weight.grad is not None
    assert len(model.layers()) == 1


def test_layers_rise_from_the_embedding_over_the_blocks_to_the_decoder() -> None:
    model = built()
    layers = model.layers()
    assert len(layers) == 1 + 4 + 1
    assert any(each is model.encoder.pos_embed for each in layers[0])
    assert any(each is model.encoder.blocks[2].attn.q_bias for each in layers[3])
    assert any(each is model.head.weight for each in layers[-1])
