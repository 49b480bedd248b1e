"""The causal network: it may be run on a stream."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.models.conftest import priors_of, window
from tests.training.models.test_every_model import shaken
from training.config.nets import Lite2dNet
from training.grid import Orientation
from training.models import build_net
from training.models.temporal import CausalMix

FRAMES = 6


@settings(max_examples=6, deadline=None)
@given(changed=st.integers(1, FRAMES - 1), seed=st.integers(0, 100))
def test_changing_later_pictures_changes_no_earlier_map(changed: int, seed: int) -> None:
    torch.manual_seed(seed)
    model = shaken(build_net(Lite2dNet(width=0.125, map_stride=2), priors_of(16, 32))).eval()
    pictures, seconds = window(FRAMES, 32, 64, batch=1, seed=seed)
    other = pictures.clone()
    other[:, changed:] = window(FRAMES, 32, 64, batch=1, seed=seed + 1)[0][:, changed:]
    with torch.no_grad():
        before, after = (model(each, seconds, Orientation.LANDSCAPE) for each in (pictures, other))
    torch.testing.assert_close(before[:, :changed], after[:, :changed], rtol=0, atol=1e-5)
    assert (before[:, changed] - after[:, changed]).abs().max() > 1e-3


def test_mixing_sees_the_past_and_takes_what_came_first_to_have_been_there_before() -> None:
    mix = CausalMix(channels=1, taps=3)
    with torch.no_grad():
        mix.kernel.copy_(torch.tensor([[1.0], [10.0], [100.0]]))
    features = torch.tensor([1.0, 2, 3, 4]).view(1, 4, 1, 1, 1)
    assert mix(features).flatten().tolist() == [111, 112, 123, 234]
