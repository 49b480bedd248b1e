"""The audio-visual network begins as the visual one, and listens once it has learnt to."""

import pytest
import torch

from tests.training.models.conftest import priors_of, window
from tests.training.models.test_every_model import shaken
from training.config.nets import AvGateNet, LiteS3dNet, UmtHierNet
from training.grid import Orientation
from training.models import build_net
from training.models.av_gate import AvGate

FRAMES = 8
VISUAL = {
    "lites3d": LiteS3dNet(width=0.125, frames=FRAMES),
    "umt_hier": UmtHierNet(size="tiny", frames=FRAMES, decoder_width=32),
}


def built(visual: LiteS3dNet | UmtHierNet) -> AvGate:
    model = build_net(AvGateNet(visual=visual, audio_width=32, audio_dropout=0.5), priors_of(8, 16))
    assert isinstance(model, AvGate)
    return model


@pytest.mark.parametrize("visual", VISUAL.values(), ids=VISUAL.keys())
@pytest.mark.parametrize("heard", [True, False])
def test_at_the_start_it_equals_its_visual_network_to_the_last_bit(
    visual: LiteS3dNet | UmtHierNet, heard: bool
) -> None:
    model = built(visual).eval()
    shaken(model.visual)
    pictures, seconds = window(FRAMES, 32, 64)
    sound = torch.randn(2, 64, 200) if heard else None
    with torch.no_grad():
        listening = model(pictures, seconds, Orientation.LANDSCAPE, sound)
        looking = model.visual(pictures, seconds, Orientation.LANDSCAPE)
    assert torch.equal(listening, looking)


def test_once_it_has_learnt_other_sound_gives_other_maps_and_no_sound_gives_maps_too() -> None:
    model = shaken(built(VISUAL["lites3d"])).eval()
    pictures, seconds = window(FRAMES, 32, 64)
    sounds = [torch.randn(2, 64, 200), torch.randn(2, 64, 200), None]
    with torch.no_grad():
        maps = [model(pictures, seconds, Orientation.LANDSCAPE, sound) for sound in sounds]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert (maps[first] - maps[second]).abs().max() > 1e-5


def test_windows_are_muted_in_training_alone() -> None:
    model = built(VISUAL["lites3d"])
    place = torch.device("cpu")
    assert 0.4 < model.train()._muted(2000, place).float().mean().item() < 0.6
    assert not model.eval()._muted(2000, place).any()


def test_a_muted_window_hears_what_a_window_without_sound_hears() -> None:
    ears = built(VISUAL["lites3d"]).ears
    tokens = ears(torch.randn(2, 64, 100), torch.tensor([True, False]), 2)
    silence = ears(None, torch.tensor([True]), 1)
    assert torch.equal(tokens[0], silence[0].expand_as(tokens[0]))
    assert not torch.allclose(tokens[1], tokens[0])


def test_a_window_of_a_clip_without_a_sound_track_is_one_without_sound() -> None:
    model = shaken(built(VISUAL["lites3d"])).eval()
    pictures, seconds = window(FRAMES, 32, 64)
    sound = torch.randn(2, 64, 200)
    sound[1] = torch.nan
    with torch.no_grad():
        mixed = model(pictures, seconds, Orientation.LANDSCAPE, sound)
        without = model(pictures, seconds, Orientation.LANDSCAPE, None)
    assert (mixed[0] - without[0]).abs().max() > 1e-5
    torch.testing.assert_close(mixed[1], without[1])


def test_a_batch_with_a_clip_without_a_sound_track_teaches_without_a_nan() -> None:
    model = shaken(built(VISUAL["lites3d"]))
    pictures, seconds = window(FRAMES, 32, 64)
    sound = torch.randn(2, 64, 200)
    sound[0] = torch.nan
    model(pictures, seconds, Orientation.LANDSCAPE, sound).square().mean().backward()
    gradients = [parameter.grad for parameter in model.ears.parameters() if parameter.grad is not None]
    assert gradients
    assert all(gradient.isfinite().all() for gradient in gradients)
