"""Sizes and costs, counted without computing, against those that the design promised."""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tests.training.models.conftest import priors_of
from training import config as configs
from training.config.nets import AvGateNet, Lite2dNet, LiteS3dNet, Net, NetConfig, UmtHierNet
from training.counting import count, count_net, gflop_per_frame, stages, stages_of_net
from training.grid import Grid, Orientation
from training.models import build_net

pytestmark = pytest.mark.long

WIDE, SQUARED = Grid(224, 384), Grid(224, 224)


@pytest.mark.parametrize(
    ("net", "grid", "millions", "gflop"),
    [
        (LiteS3dNet(), WIDE, 8.21, 4.02),
        (LiteS3dNet(), SQUARED, 8.21, 2.35),
        (UmtHierNet(size="B"), SQUARED, 100, 65),
        (UmtHierNet(size="B", tubelet=2), SQUARED, 100, 27),
        (UmtHierNet(size="L"), SQUARED, 319, 188),
    ],
)
def test_networks_are_as_large_and_as_costly_as_designed(
    net: Net, grid: Grid, millions: float, gflop: float
) -> None:
    counted = count_net(net, grid)
    assert counted.parameters / 1e6 == pytest.approx(millions, rel=0.05)
    assert counted.gflop_per_frame == pytest.approx(gflop, rel=0.05)
    assert counted.trainable == counted.parameters


def test_the_causal_network_stays_within_its_bounds() -> None:
    counted = count_net(Lite2dNet(), WIDE)
    assert counted.parameters <= 3.9e6
    assert counted.gflop_per_frame <= 2.5


def test_listening_costs_a_million_parameters_and_a_hundredth_of_the_operations() -> None:
    visual = LiteS3dNet()
    seen, heard = count_net(visual, WIDE), count_net(AvGateNet(visual=visual), WIDE)
    assert heard.parameters - seen.parameters < 1e6
    assert heard.gflop_per_window < 1.01 * seen.gflop_per_window


def test_a_frozen_encoder_is_not_trainable() -> None:
    whole, frozen = (
        count_net(UmtHierNet(size="tiny", decoder_width=32, frozen_encoder=frozen), Grid(32, 32))
        for frozen in (False, True)
    )
    assert frozen.parameters == whole.parameters
    assert 0 < frozen.trainable < 0.5 * whole.trainable


def test_shapes_are_those_of_the_design() -> None:
    light = {stage.name: stage.shapes for stage in stages_of_net(LiteS3dNet(), WIDE)}
    assert light["trunk"] == ((192, 8, 56, 96), (480, 8, 28, 48), (832, 4, 14, 24), (1024, 2, 7, 12))
    assert light["join_sixteenth"] == ((96, 4, 14, 24),)
    assert light["join_eighth"] == ((64, 8, 28, 48),)
    assert light["join_quarter"] == ((32, 8, 56, 96),)
    assert light["head"] == ((1, 16, 56, 96),)
    large = {stage.name: stage.shapes for stage in stages_of_net(UmtHierNet(size="L"), SQUARED)}
    assert large["encoder"] == ((1024, 16, 14, 14),) * 4
    assert large["join_third"] == ((256, 16, 14, 14),)
    assert large["join_second"] == ((128, 16, 28, 28),)
    assert large["join_first"] == ((64, 16, 56, 56),)


def test_parts_add_up_to_the_whole() -> None:
    for net in (LiteS3dNet(), AvGateNet(visual=UmtHierNet(size="tiny", decoder_width=32))):
        parts, whole = stages_of_net(net, SQUARED), count_net(net, SQUARED)
        assert sum(part.gflop for part in parts) == pytest.approx(whole.gflop_per_window, rel=1e-6)
        assert sum(part.parameters for part in parts) == pytest.approx(whole.parameters, rel=0.01)


def test_the_count_is_that_of_a_real_run() -> None:
    net = NetConfig(widths=(8, 8, 16, 16))
    model = build_net(net, priors_of(16, 32))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, 3, 3, 32, 64), torch.zeros(1, 3), Orientation.LANDSCAPE)
    assert count_net(net, Grid(32, 64)).gflop_per_window == pytest.approx(counter.get_total_flops() / 1e9)


def test_configurations_are_counted_at_their_own_grid() -> None:
    prior, small = configs.load("center_prior"), configs.load("small_net")
    assert (count(prior).parameters, gflop_per_frame(prior)) == (0, 0)
    assert count(small).parameters == 294_258
    assert np.isclose(gflop_per_frame(small), 0.2196, atol=1e-3)
    assert next(stage.name for stage in stages(small)) == "stem"
