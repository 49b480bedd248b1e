"""What the engine may take for granted of every baseline."""

import subprocess
import sys

import pytest
import torch
from torch import Tensor

from tests.training.models.conftest import priors_of, window
from training.config.nets import AvGateNet, CenterPriorNet, Lite2dNet, LiteS3dNet, Net, NetConfig, UmtHierNet
from training.grid import Orientation
from training.models import Model, build_net
from training.models.prior_logits import PriorLogits

pytestmark = pytest.mark.long

HEIGHT, WIDTH, FRAMES = 32, 64, 8

NETS: dict[str, Net] = {
    "center_prior": CenterPriorNet(),
    "small_net": NetConfig(widths=(8, 8, 16, 16)),
    "lite2d": Lite2dNet(width=0.25, map_stride=2),
    "lites3d": LiteS3dNet(width=0.125, frames=FRAMES),
    "umt_hier": UmtHierNet(size="tiny", frames=FRAMES, decoder_width=32),
    "umt_hier of pairs": UmtHierNet(size="tiny", frames=FRAMES, decoder_width=32, tubelet=2),
    "internvideo2": UmtHierNet(size="tiny", frames=FRAMES, decoder_width=32, encoder="internvideo2"),
    "vjepa2": UmtHierNet(size="tiny", frames=FRAMES, decoder_width=32, encoder="vjepa2", tubelet=2),
    "av_gate": AvGateNet(visual=LiteS3dNet(width=0.125, frames=FRAMES), audio_width=32),
}
NETWORKS = {name: net for name, net in NETS.items() if name != "center_prior"}

each_net = pytest.mark.parametrize("net", NETS.values(), ids=NETS.keys())
each_network = pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS.keys())


def built(net: Net) -> Model:
    return build_net(net, priors_of(HEIGHT // net.map_stride, WIDTH // net.map_stride))


def pictures_for(net: Net) -> tuple[Tensor, Tensor]:
    return window(len(net.lags_s) if isinstance(net, NetConfig) else FRAMES, HEIGHT, WIDTH)


def shaken(model: Model) -> Model:
    """A model whose layers that begin at zero have begun to learn."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return model


def gradient_of(model: Model) -> Tensor:
    return torch.cat([each.grad.flatten() for each in model.parameters() if each.grad is not None])


@each_net
def test_maps_are_densities_on_the_models_own_grid(net: Net) -> None:
    model = shaken(built(net)).eval()
    pictures, seconds = pictures_for(net)
    with torch.no_grad():
        maps = model(pictures, seconds, Orientation.LANDSCAPE)
        tall = model(pictures.transpose(-1, -2), seconds, Orientation.PORTRAIT)
    moments = 1 if isinstance(net, NetConfig) else seconds.shape[1]
    assert maps.shape == (2, moments, HEIGHT // model.map_stride, WIDTH // model.map_stride)
    assert tall.shape == (2, moments, WIDTH // model.map_stride, HEIGHT // model.map_stride)
    assert maps.dtype == torch.float32
    torch.testing.assert_close(maps.exp().sum((-2, -1)), torch.ones(2, moments))


@each_network
def test_an_untrained_network_predicts_the_prior_and_sees_nothing_yet(net: Net) -> None:
    model = built(net).eval()
    pictures, seconds = pictures_for(net)
    with torch.no_grad():
        maps = model(pictures, seconds, Orientation.LANDSCAPE).exp()
    torch.testing.assert_close(maps, maps[:1, :1].expand_as(maps), rtol=1e-4, atol=1e-7)
    row, col = divmod(int(maps[0, 0].argmax()), maps.shape[-1])
    assert (row + 0.5) / maps.shape[-2] == pytest.approx(0.5, abs=1.1 / maps.shape[-2])
    assert (col + 0.5) / maps.shape[-1] == pytest.approx(0.6, abs=1.1 / maps.shape[-1])


@each_network
def test_every_parameter_is_in_one_layer_and_learns(net: Net) -> None:
    model = shaken(built(net))
    layers = model.layers()
    listed = [id(parameter) for layer in layers for parameter in layer]
    assert sorted(listed) == sorted(id(each) for each in model.parameters() if each.requires_grad)
    sound = torch.randn(2, 64, 60) if model.listens else None
    pictures, seconds = pictures_for(net)
    views = {
        Orientation.LANDSCAPE: pictures,
        Orientation.PORTRAIT: pictures.transpose(-1, -2),
        Orientation.SQUARE: pictures[..., :HEIGHT],
    }
    for orientation, view in views.items():
        maps = model.eval()(view, seconds, orientation, sound)
        maps[..., 0, 0].sum().backward()
    still = [name for name, each in model.named_parameters() if each.grad is None or not each.grad.any()]
    # The token of silence has no part where there is sound.
    assert still == (["ears.silence"] if model.listens else [])


@each_network
def test_a_prediction_does_not_depend_on_what_else_is_in_the_batch(net: Net) -> None:
    model = shaken(built(net)).eval()
    pictures, seconds = pictures_for(net)
    with torch.no_grad():
        together = model(pictures, seconds, Orientation.LANDSCAPE)
        alone = model(pictures[:1], seconds[:1], Orientation.LANDSCAPE)
    torch.testing.assert_close(together[:1], alone, rtol=1e-4, atol=1e-4)


@each_network
def test_in_half_precision_maps_are_still_float32_and_gradients_near_those_in_full(net: Net) -> None:
    model = shaken(built(net)).train()
    pictures, seconds = pictures_for(net)
    sound = torch.randn(2, 64, 60) if model.listens else None
    gradients = []
    for half in (False, True):
        model.zero_grad()
        torch.manual_seed(0)  # the same is dropped both times
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            maps = model(pictures, seconds, Orientation.LANDSCAPE, sound)
        assert maps.dtype == torch.float32
        torch.testing.assert_close(maps.exp().sum((-2, -1)), torch.ones(maps.shape[:2]))
        maps[..., 0, 0].sum().backward()
        gradients.append(gradient_of(model))
    assert torch.cosine_similarity(*gradients, dim=0) > 0.98


@pytest.mark.parametrize("orientation", list(Orientation))
def test_the_prior_under_the_logits_is_the_fitted_gaussian_on_any_grid(orientation: Orientation) -> None:
    prior = PriorLogits(priors_of(28, 48))
    coarse = prior(orientation, 14, 24).exp()
    fine = prior(orientation, 56, 96).exp()
    assert coarse.sum().item() == pytest.approx(1, abs=1e-5)
    pooled = torch.nn.functional.avg_pool2d(fine[None], 4)[0] * 16
    torch.testing.assert_close(pooled, coarse, rtol=0.08, atol=1e-4)


def test_models_can_be_built_where_no_codec_and_no_opencv_is_installed() -> None:
    code = (
        "import sys\n"
        "for name in ('cv2', 'av', 'scipy', 'django'): sys.modules[name] = None\n"
        "import training.models, training.counting, training.config"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stderr
