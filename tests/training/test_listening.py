"""The shuffled-audio test on runs whose truth is known: a gate that is shut gains nothing, an open one does."""

import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from processing.errors import BadInput
from processing.layouts import AIM24
from processing.video import probe, read_map
from tests.training.conftest import with_short_tone
from training import checkpoint, predictor, sound
from training.checkpoint import Tensors
from training.cli import main
from training.content_groups import read_groups
from training.run_folder import RunFolder
from training.streams import clip_log_densities

pytestmark = pytest.mark.long


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def refused(result: Result, said: str) -> None:
    assert result.exit_code == 2, result.output
    assert re.search(said, result.stderr), result.stderr
    assert result.stderr.count("\n") == 1


def shut(tensors: Tensors) -> None:
    for name in ("gate.proj.weight", "gate.proj.bias"):
        tensors[name].zero_()


def opened(tensors: Tensors) -> None:
    random = torch.Generator().manual_seed(1)
    tensors["gate.proj.weight"].normal_(0, 1, generator=random)


def of_run(run: Path, change: Callable[[Tensors], None]) -> None:
    """Change a finished run's weights; its head, which began at zero too, says something of its features."""
    path = RunFolder(run).model
    tensors, facts = checkpoint.load(path, {})
    tensors["visual.head.weight"].normal_(0, 1, generator=torch.Generator().manual_seed(0))
    change(tensors)
    checkpoint.save(path, tensors, facts)


@pytest.fixture
def listener(sounding_release: Path, tmp_path: Path) -> Path:
    run = tmp_path / "run"
    settings = ("--set", "train.steps=1", "--set", "train.validation_share=0", "--set", "train.samples=0")
    train = ("train", "--config", "tiny_av_gate", *settings, "--release", sounding_release, "--out", run)
    trained = call(*train, "--threads", 1)
    assert trained.exit_code == 0, trained.output
    return run


def three_ways(run: Path, release: Path, out: Path, *more: object) -> dict:
    result = call("listen", "--run", run, "--release", release, "--out", out, "--threads", 1, *more)
    assert result.exit_code == 0, result.output
    document = json.loads((out / "listening.json").read_text())
    assert json.loads(result.stdout.splitlines()[-1])["groups"] == document["groups"]
    return document


def test_a_gate_that_is_shut_gains_exactly_nothing_and_an_open_one_something(
    listener: Path, sounding_release: Path, tmp_path: Path
) -> None:
    (tmp_path / "groups.csv").write_text(
        "name,group\ngamma,music\ndelta,speech\nepsilon,speech\nalpha,music\n"
    )
    of_run(listener, shut)
    deaf = three_ways(listener, sounding_release, tmp_path / "shut", "--groups", tmp_path / "groups.csv")
    assert deaf["without_sound"] == ["mute"]
    assert [clip["name"] for clip in deaf["clips"]] == ["delta", "epsilon", "gamma"]
    assert all(clip["sound_of"] != clip["name"] for clip in deaf["clips"])
    for clip in deaf["clips"]:
        assert {value for gains in clip["gain"].values() for value in gains.values()} == {0}
    assert [(group["group"], group["clips"]) for group in deaf["groups"]] == [
        ("all", 3),
        ("music", 1),
        ("speech", 2),
    ]
    for group in deaf["groups"]:
        assert {found["value"] for gains in group["gain"].values() for found in gains.values()} == {0}
        assert group["verdict"] == "too few clips to tell"
    words = (tmp_path / "shut/listening.md").read_text()
    assert "- speech (2 clips): too few clips to tell" in words
    assert "Left out, without sound: mute" in words

    of_run(listener, opened)
    hearing = three_ways(listener, sounding_release, tmp_path / "open", "--mode", "corrected", "--seed", 3)
    assert hearing["mode"] == "corrected"
    for clip in hearing["clips"]:
        assert all(gains["cc"] != 0 for gains in clip["gain"].values())
    assert sorted(path.name for path in (tmp_path / "open/none").iterdir()) == [
        "delta.mp4",
        "epsilon.mp4",
        "gamma.mp4",
    ]


def test_predicting_hears_each_clips_own_sound_unless_told_otherwise(
    listener: Path, sounding_release: Path, tmp_path: Path
) -> None:
    of_run(listener, opened)
    three_ways(listener, sounding_release, tmp_path / "heard")
    predict = ("predict", "--run", listener, "--release", sounding_release, "--out", tmp_path / "maps")
    assert call(*predict, "--threads", 1).exit_code == 0

    def frames(folder: str) -> np.ndarray:
        return np.stack(list(read_map(tmp_path / folder / "gamma.mp4")))

    np.testing.assert_array_equal(frames("maps"), frames("heard/own"))
    assert np.abs(frames("maps") - frames("heard/shuffled")).max() > 2 / 1023
    assert np.abs(frames("maps") - frames("heard/none")).max() > 2 / 1023


def test_anothers_sound_is_what_a_clip_with_that_sound_would_be_heard_with(
    listener: Path, sounding_release: Path
) -> None:
    of_run(listener, opened)
    model = predictor.load(RunFolder(listener), torch.device("cpu"))
    delta, epsilon = (sounding_release / AIM24.video(name) for name in ("delta", "epsilon"))
    facts = probe(delta)
    borrowed = np.stack(list(clip_log_densities(model, delta, facts, epsilon)))
    own = np.stack(list(clip_log_densities(model, delta, facts, delta)))
    with_short_tone(delta, 3000)
    dubbed = np.stack(list(clip_log_densities(model, delta, facts, delta)))
    np.testing.assert_array_equal(borrowed, dubbed)
    assert np.abs(borrowed - own).max() > 1e-3


def test_a_run_that_does_not_listen_is_refused(sounding_release: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert (
        call("train", "--config", "center_prior", "--release", sounding_release, "--out", run).exit_code == 0
    )
    listen = ("listen", "--run", run, "--release", sounding_release, "--out", tmp_path / "out")
    refused(call(*listen), "center_prior does not listen")


def test_parts_without_truth_or_without_two_sounds_are_refused_before_anything_is_predicted(
    listener: Path, sounding_release: Path, tmp_path: Path
) -> None:
    listen = ("listen", "--run", listener, "--release", sounding_release, "--out", tmp_path / "out")
    refused(call(*listen, "--subset", "train"), "0 of the clips have sound, and another clip's takes two")
    refused(call(*listen, "--subset", "private_test"), "no clips in its part 'private_test'")
    refused(call(*listen, "--groups", tmp_path / "none.csv"), "none.csv cannot be read as a CSV")
    (sounding_release / AIM24.saliency("gamma", "public_test")).unlink()
    refused(call(*listen), "saliency map .*gamma")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("name,kind\na,x\n", "no column 'group'"),
        ("", "no column 'name'"),
        ("name,group\na,x\nzeta,x\n", r"line 3: the release has no clip 'zeta'"),
        ("name,group\na,x\na,y\n", r"line 3: 'a' comes twice"),
        ("name,group\na,all\n", r"line 2: 'all' is the group of all clips"),
    ],
)
def test_a_table_of_groups_that_is_wrong_is_refused_with_its_line(
    tmp_path: Path, table: str, said: str
) -> None:
    path = tmp_path / "groups.csv"
    path.write_text(table)
    with pytest.raises(BadInput, match=said) as error:
        read_groups(path, {"a", "b"})
    assert "\n" not in str(error.value)


def test_groups_are_read_as_tables_are_written(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("\ufeffname,group,note\n a , speech ,loud\nb,,\n")
    assert read_groups(path, {"a", "b", "c"}) == {"a": "speech"}


@pytest.mark.parametrize("own_s", [Fraction(1, 2), Fraction(1), Fraction(5, 2)])
def test_a_sound_lasts_as_long_as_the_clip_it_is_heard_with(own_s: Fraction) -> None:
    steps = round(own_s * 100)
    spectrogram = np.arange(steps + 1, dtype=np.float16) * np.ones((sound.MELS, 1), np.float16)
    found = sound.lasting(spectrogram, float(own_s), 1.0)
    assert found.shape == (sound.MELS, 101)
    expected = np.arange(101) % (steps if own_s < 1 else 101)
    np.testing.assert_array_equal(found[3], expected)


def test_a_sound_that_ends_before_its_clip_is_silent_there_and_only_there() -> None:
    found = sound.lasting(np.zeros((sound.MELS, 20), np.float16), 0.5, 1.0)
    heard = found[0] == 0
    assert heard[:20].all() and not heard[20:50].any() and heard[50:70].all() and not heard[70:100].any()
