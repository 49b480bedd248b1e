"""Configurations: presets load, everything else is refused in one line that names the key."""

import re
from pathlib import Path

import pytest

from processing.errors import BadInput
from training import config as configs
from training import sound
from training.seeing import require_enough_pictures


@pytest.mark.parametrize("name", configs.presets())
def test_every_preset_loads_and_survives_being_stored(name: str) -> None:
    config = configs.load(name)
    again = configs.from_document(config.model_dump(mode="json"))
    assert again == config
    assert configs.fingerprint(again) == configs.fingerprint(config)


def test_the_presets_are_the_two_baselines_and_the_demo() -> None:
    assert {"center_prior", "demo", "small_net"} <= set(configs.presets())


def test_the_fingerprint_is_of_values_not_of_spelling(tmp_path: Path) -> None:
    spelled = tmp_path / "spelled.toml"
    spelled.write_text('model = "center_prior"\nseed = 0\n[data]\nlong_side = 192\n')
    assert configs.fingerprint(configs.load(str(spelled))) == configs.fingerprint(
        configs.load("center_prior")
    )
    spelled.write_text('model = "center_prior"\nseed = 1\n')
    assert configs.fingerprint(configs.load(str(spelled))) != configs.fingerprint(
        configs.load("center_prior")
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('model = "small_net"\n[optimizer]\nlearning_rate = 1', r"optimizer\.learning_rate: unknown key"),
        ('model = "center_prior"\n[train]\nsteps = 1', "train: unknown key"),
        ('model = "huge_net"', "huge_net"),
        ("seed = 1", "model"),
        ('model = "center_prior"\nseed = -1', "seed: Input should be greater"),
        (f'model = "small_net"\nseed = {2**63}', "seed: Input should be less"),
        ('model = "small_net"\n[train]\nsteps = 0', r"train\.steps"),
        ('model = "small_net"\n[optimizer]\nlr = nan', r"optimizer\.lr"),
        ('model = "small_net"\n[loss]\nkld = 0\ncc = 0\nsim = 0\nnss = 0', "every weight is 0"),
        ('model = "small_net"\n[data]\nlong_side = 100', r"data\.long_side"),
        ('model = "small_net"\n[data]\nlong_side = 64', "short_side is larger"),
        ('model = "av_gate"\n[net]\nmels = 32', r"net\.mels: Input should be 64"),
        ("model = ", "not valid TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=named) as refused:
        configs.load(str(path))
    assert "\n" not in str(refused.value)


def test_a_network_hears_the_bands_that_sound_has() -> None:
    config = configs.load("av_gate", ["net.mels=64"])
    assert isinstance(config, configs.AvGateConfig) and config.net.mels == sound.MELS


@pytest.mark.parametrize("name", configs.presets())
def test_every_preset_keeps_pictures_enough_for_its_windows(name: str) -> None:
    require_enough_pictures(configs.load(name))


@pytest.mark.parametrize(
    ("settings", "least"),
    [
        (("data.frame_step_s=0.2", "net.step_s=0.2", "augment.stride=0.25"), "0.15"),
        (("data.frame_step_s=0.2", "net.step_s=0.1"), "0.1"),
        (("data.frame_step_s=0.15", "net.step_s=0.2", "augment.stride=0.25"), ""),
        (("data.frame_step_s=5", "net.frames=1"), ""),
    ],
)
def test_windows_for_which_too_few_pictures_are_kept_are_refused(
    settings: tuple[str, ...], least: str
) -> None:
    config = configs.load("tiny_lite2d", settings)
    if not least:
        require_enough_pictures(config)
        return
    with pytest.raises(BadInput, match=f"come as near as {re.escape(least)} s: set it to that or less"):
        require_enough_pictures(config)


def test_the_pictures_before_a_moment_have_to_be_kept_too() -> None:
    require_enough_pictures(configs.load("small_net", ["data.frame_step_s=0.2"]))
    with pytest.raises(BadInput, match=r"come as near as 0\.2 s"):
        require_enough_pictures(configs.load("small_net", ["data.frame_step_s=0.3"]))


PATCH_14 = ("net.encoder=internvideo2", "net.patch=14")


@pytest.mark.parametrize(
    ("sides", "grid"),
    [
        ((192, 112), "192x112"),
        ((224, 192), "224x192"),
        # Both sides fit, but that of square clips, which have as many cells, does not.
        ((336, 224), "272x272"),
    ],
)
def test_sides_that_patches_do_not_divide_are_refused_with_those_that_fit(
    sides: tuple[int, int], grid: str
) -> None:
    settings = [f"data.long_side={sides[0]}", f"data.short_side={sides[1]}"]
    said = f"patches of 14 do not divide a grid of {grid}: .* both to one of 112, 224, 336, .* 1008$"
    with pytest.raises(BadInput, match=said) as refused:
        configs.load("umt_hier_b", [*PATCH_14, *settings])
    assert "\n" not in str(refused.value)
    visual = {"kind": "umt_hier", "encoder": "internvideo2", "patch": 14}
    data = {"long_side": sides[0], "short_side": sides[1]}
    with pytest.raises(BadInput, match=said):
        configs.from_document({"model": "av_gate", "data": data, "net": {"visual": visual}})


@pytest.mark.parametrize("side", range(112, 1024, 112))
def test_the_sides_that_are_said_to_fit_do(side: int) -> None:
    both = (f"data.long_side={side}", f"data.short_side={side}")
    config = configs.load("umt_hier_b", [*PATCH_14, *both])
    assert (config.data.long_side, config.data.short_side) == (side, side)


def test_a_missing_preset_or_file_is_named() -> None:
    with pytest.raises(BadInput, match=r"no preset is called 'demoo'.*demo"):
        configs.load("demoo")
    with pytest.raises(BadInput, match="cannot read the configuration"):
        configs.load("nowhere/run.toml")


def test_settings_change_single_keys_and_are_checked_like_files() -> None:
    config = configs.load("tiny_lite2d", ["train.steps=7", "data.placing=nearest", "net.step_s = 0.3"])
    assert isinstance(config, configs.Lite2dConfig)
    assert (config.train.steps, config.data.placing, config.net.step_s) == (7, "nearest", 0.3)
    for setting, named in (
        ("train.stepz=7", r"train\.stepz: unknown key"),
        ("train.steps", "write it as table.key=value"),
        ("model.name=1", "model is no table"),
    ):
        with pytest.raises(BadInput, match=named):
            configs.load("tiny_lite2d", [setting])


def test_the_schema_names_every_baseline() -> None:
    assert set(configs.schema()["discriminator"]["mapping"]) == {
        "center_prior", "small_net", "lite2d", "lites3d", "umt_hier", "av_gate",
    }  # fmt: skip
