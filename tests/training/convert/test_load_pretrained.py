"""Checkpoints of every family load whole or not at all, and say what became of each tensor."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from processing.errors import BadInput
from tests.training.convert import fakes
from tests.training.models.conftest import priors_of
from training.config.nets import AvGateNet, Lite2dNet, LiteS3dNet, Net, NetConfig, UmtHierNet
from training.convert import load_pretrained
from training.models import Model, build_net
from training.models.lite2d import Lite2d
from training.models.lites3d import LiteS3d
from training.models.umt_hier import UmtHier
from training.models.vit import resized_positions

FRAMES = 4
GRID = 14 * 14


def built(net: Net) -> Model:
    return build_net(net, priors_of(8, 16))


def vit(**shape: object) -> UmtHier:
    net = UmtHierNet.model_validate({"size": "tiny", "frames": FRAMES, "decoder_width": 32, **shape})
    model = built(net)
    assert isinstance(model, UmtHier)
    return model


def saved(path: Path, state: fakes.State) -> str:
    file = path / "weights.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, file)
    return str(file)


def encoder_state(model: UmtHier) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.encoder.state_dict().items()}


def test_umt_loads_every_tensor_and_leaves_the_classifier(tmp_path: Path) -> None:
    model, state = vit(), fakes.umt(FRAMES * GRID)
    report = load_pretrained(model, saved(tmp_path, state))
    assert (report.family, report.kept, report.resized) == ("umt", [], [])
    assert sorted(report.left) == ["fc_norm.bias", "fc_norm.weight", "head.bias", "head.weight"]
    assert report.loaded == len(state) - 4
    for name, tensor in encoder_state(model).items():
        torch.testing.assert_close(tensor, state[name])


def test_umt_without_positions_keeps_the_sinusoids_and_says_so(tmp_path: Path) -> None:
    model = vit()
    before = encoder_state(model)["pos_embed"]
    report = load_pretrained(model, saved(tmp_path, fakes.umt()))
    assert report.kept == ["pos_embed"]
    torch.testing.assert_close(encoder_state(model)["pos_embed"], before)


def test_positions_of_other_windows_are_interpolated_and_reported(tmp_path: Path) -> None:
    model, state = vit(), fakes.umt(2 * FRAMES * GRID)
    report = load_pretrained(model, saved(tmp_path, state))
    assert report.resized == [("pos_embed", 2 * FRAMES * GRID, FRAMES * GRID)]
    expected = state["pos_embed"].view(FRAMES, 2, GRID, -1).mean(1).view(1, FRAMES * GRID, -1)
    torch.testing.assert_close(encoder_state(model)["pos_embed"], expected)
    assert "pos_embed 1568 -> 784" in str(report)


def test_positions_on_a_grid_twice_as_fine_rise_half_as_fast_along_the_right_axis() -> None:
    row, col = torch.meshgrid(torch.arange(7.0), torch.arange(7.0), indexing="ij")
    plane = torch.stack([row, col], -1).view(1, 49, 2).repeat(1, 3, 1)
    finer = resized_positions(plane, (3, 7, 7), (5, 14, 14)).view(5, 14, 14, 2)
    # Two fine cells are one coarse one; far from the border, where the kernel would reach beyond it.
    inner = finer[:, 4:10, 4:10]
    for axis in (1, 2):
        risen = inner.narrow(axis, 2, 4) - inner.narrow(axis, 0, 4)
        expected = torch.zeros_like(risen)
        expected[..., axis - 1] = 1
        torch.testing.assert_close(risen, expected, rtol=0, atol=1e-4)


def test_videomae_computes_the_attention_that_its_separate_projections_define(tmp_path: Path) -> None:
    model, state = vit(tubelet=2), fakes.videomae()
    report = load_pretrained(model, saved(tmp_path, state))
    assert (report.family, report.kept) == ("videomae-hf", ["pos_embed"])
    attention = model.encoder.blocks[1].attn
    tokens = torch.randn(1, 6, fakes.WIDTH)
    source = "videomae.encoder.layer.1.attention"
    part = f"{source}.attention"
    queries = functional.linear(tokens, state[f"{part}.query.weight"], state[f"{part}.q_bias"])
    keys = functional.linear(tokens, state[f"{part}.key.weight"])
    values = functional.linear(tokens, state[f"{part}.value.weight"], state[f"{part}.v_bias"])
    heads = [each.view(6, fakes.HEADS, -1).transpose(0, 1) for each in (queries, keys, values)]
    weight = (heads[0] @ heads[1].transpose(1, 2) / (fakes.WIDTH / fakes.HEADS) ** 0.5).softmax(-1)
    mixed = (weight @ heads[2]).transpose(0, 1).reshape(1, 6, -1)
    dense = f"{source}.output.dense"
    expected = functional.linear(mixed, state[f"{dense}.weight"], state[f"{dense}.bias"])
    torch.testing.assert_close(attention(tokens, (1, 2, 3)), expected, rtol=1e-3, atol=1e-3)


def test_vjepa2_loads_the_encoder_and_leaves_the_predictor(tmp_path: Path) -> None:
    model, state = vit(tubelet=2, encoder="vjepa2"), fakes.vjepa2()
    report = load_pretrained(model, saved(tmp_path, state))
    assert (report.family, report.kept, len(report.left)) == ("vjepa2-hf", [], 3)
    attention = "encoder.layer.2.attention"
    stacked = torch.cat([state[f"{attention}.{part}.bias"] for part in ("query", "key", "value")])
    torch.testing.assert_close(encoder_state(model)["blocks.2.attn.qkv.bias"], stacked)


def test_internvideo2_keeps_its_class_token_beside_interpolated_positions(tmp_path: Path) -> None:
    model = vit(encoder="internvideo2", patch=14)
    state = fakes.internvideo2(2 * FRAMES * 16 * 16)
    report = load_pretrained(model, saved(tmp_path, state))
    assert (report.family, report.kept) == ("internvideo2", [])
    assert sorted(report.left) == [
        "clip_decoder.0.head.0.weight",
        "clip_pos_embed",
        "clip_projector.norm1_q.weight",
    ]
    torch.testing.assert_close(encoder_state(model)["pos_embed"][:, 0], state["pos_embed"][:, 0])


@pytest.mark.parametrize("norms", ["batch", "frozen"])
def test_the_convolutional_trunks_are_named_as_torchvision_names_them(tmp_path: Path, norms: str) -> None:
    s3d = built(LiteS3dNet.model_validate({"width": 0.125, "norms": norms, "frames": 8}))
    mobile = built(Lite2dNet.model_validate({"width": 0.25, "norms": norms}))
    assert isinstance(s3d, LiteS3d) and isinstance(mobile, Lite2d)
    state = fakes.like(s3d.trunk, fakes.linear("classifier.1", 8, 7))
    report = load_pretrained(s3d, saved(tmp_path, state))
    assert (report.family, report.kept, len(report.left)) == ("torchvision-s3d", [], 2)
    for name, tensor in s3d.trunk.state_dict().items():
        torch.testing.assert_close(tensor, state[name])
    last = fakes.norm("features.18.1", 8)
    report = load_pretrained(mobile, saved(tmp_path, fakes.like(mobile.trunk, last)))
    assert (report.family, len(report.left)) == ("torchvision-mobilenet_v2", 2)


def test_known_names_of_torchvisions_s3d_are_in_the_trunk() -> None:
    model = built(LiteS3dNet(width=1, frames=8))
    assert isinstance(model, LiteS3d)
    shapes = {name: tuple(tensor.shape) for name, tensor in model.trunk.state_dict().items()}
    assert shapes["features.0.0.0.weight"] == (64, 3, 1, 7, 7)
    assert shapes["features.0.1.0.weight"] == (64, 64, 7, 1, 1)
    assert shapes["features.2.0.weight"] == (64, 64, 1, 1, 1)
    assert shapes["features.5.branch1.1.0.0.weight"] == (128, 96, 1, 3, 3)
    assert shapes["features.15.branch3.1.1.running_var"] == (128,)
    # The whole model of torchvision has 8 320 048 parameters, of which its classifier has 1024 * 400 + 400.
    assert sum(each.numel() for each in model.trunk.parameters()) == 8_320_048 - 1024 * 400 - 400


def test_an_audio_visual_network_loads_into_its_visual_part(tmp_path: Path) -> None:
    net = AvGateNet(visual=UmtHierNet(size="tiny", frames=FRAMES, decoder_width=32), audio_width=32)
    assert load_pretrained(built(net), saved(tmp_path, fakes.umt())).family == "umt"


def test_a_checkpoint_written_by_torch_save_is_read_through_its_wrapper(tmp_path: Path) -> None:
    file = tmp_path / "model.pth"
    torch.save({"model": fakes.umt(prefix="encoder."), "epoch": 3}, file)
    assert load_pretrained(vit(), str(file)).kept == ["pos_embed"]


class Bomb:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return open, ("/nonexistent/bomb",)


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bomb.pth"
    torch.save({"model": Bomb()}, file)
    with pytest.raises(BadInput, match="would run its code"):
        load_pretrained(vit(), str(file))
    plain = tmp_path / "plain.pth"
    plain.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(BadInput):
        load_pretrained(vit(), str(plain))


def without(state: fakes.State, name: str) -> fakes.State:
    return {each: tensor for each, tensor in state.items() if each != name}


@pytest.mark.parametrize(
    ("state", "shape", "message"),
    [
        (without(fakes.umt(), "blocks.2.mlp.fc1.bias"), {}, "lacks 1 tensors.*blocks.2.mlp.fc1.bias"),
        ({**fakes.umt(), "adapter.weight": torch.zeros(2)}, {}, "umt should not have: adapter.weight"),
        (fakes.umt() | fakes.norm("blocks.4.norm1"), {}, "deeper.*net.size"),
        (fakes.umt(), {"patch": 14}, r"patch_embed.proj.weight is \[48, 3, 1, 16, 16\].*patch and tubelet"),
        (fakes.umt(1000), {}, "1000 positions fit neither"),
        (fakes.umt(), {"encoder": "vjepa2"}, "takes vjepa2-hf.*net.encoder"),
        (fakes.vjepa2(), {}, "checkpoint of vjepa2-hf.*takes umt or videomae-hf"),
        (without(fakes.videomae(), "videomae.encoder.layer.0.attention.attention.key.weight"), {}, "lacks"),
        ({"something.weight": torch.zeros(2)}, {}, "no family"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(
    tmp_path: Path, state: fakes.State, shape: dict[str, object], message: str
) -> None:
    model = vit(**shape)
    before = encoder_state(model)
    with pytest.raises(BadInput, match=message):
        load_pretrained(model, saved(tmp_path, state))
    for name, tensor in encoder_state(model).items():
        assert torch.equal(tensor, before[name])


def test_networks_without_a_public_trunk_take_no_weights(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="SmallNet takes no pre-trained weights"):
        load_pretrained(built(NetConfig(widths=(8, 8, 16, 16))), saved(tmp_path, fakes.umt()))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cut.safetensors"
    file.write_bytes(b"\x08\x00")
    with pytest.raises(BadInput, match="cannot read the weights"):
        load_pretrained(vit(), str(file))
