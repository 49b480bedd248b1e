"""The card of a run says how well it does, or that nobody has measured it yet."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from training import config as configs
from training import model_card
from training.cli import main
from training.clips import ClipSet
from training.model_card import NO_LICENCE, Origin
from training.run_folder import RunFolder

pytestmark = pytest.mark.long


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


def clips_under(clips: ClipSet, *licences: str | None) -> ClipSet:
    stated = [replace(clip, licence=licence) for clip, licence in zip(clips.clips, licences, strict=True)]
    return replace(clips, clips=stated)


@pytest.mark.parametrize(
    ("chosen", "licences", "said"),
    [
        ("CC-BY-4.0", (None, "CC0", "CC0", "CC0"), "CC-BY-4.0"),
        ("", ("CC0",) * 4, f"{NO_LICENCE}; all of these are under CC0"),
        ("", ("CC0", "CC0", "CC-BY-4.0", "CC0"), NO_LICENCE),
        ("", ("CC0", "CC0", None, "CC0"), NO_LICENCE),
        ("", (None,) * 4, NO_LICENCE),
    ],
)
def test_the_licence_is_what_was_chosen_or_that_nothing_was(
    chosen: str, licences: tuple[str | None, ...], said: str, spot_clips: ClipSet, tmp_path: Path
) -> None:
    config = configs.load("center_prior", [f"licence={chosen}"] if chosen else [])
    run = RunFolder(tmp_path)
    model_card.write(run, config, {}, clips_under(spot_clips, *licences), Origin("spots", "in memory"))
    assert json.loads(run.card.read_text())["licence"] == said
    assert f"\n- Licence of the weights: {said}\n" in run.card.with_suffix(".md").read_text()


def test_the_card_names_the_weights_that_a_run_began_with_and_their_licence(
    spot_clips: ClipSet, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path)

    def words(*settings: str) -> str:
        config = configs.load("umt_hier_b", settings)
        model_card.write(run, config, {}, spot_clips, Origin("spots", "in memory"))
        return run.card.with_suffix(".md").read_text()

    assert "Pre-trained" not in words()
    known = words("net.weights=videomae-b16-k400", "net.tubelet=2")
    assert "`videomae-b16-k400`, their licence: CC-BY-NC-4.0: not for commercial use\n" in known
    assert "`own/file.safetensors`, their licence: not stated\n" in words("net.weights=own/file.safetensors")


def test_the_card_has_the_scores_of_every_evaluation_and_says_when_there_are_none(
    spot_release: Path, tmp_path: Path
) -> None:
    run, other, results = tmp_path / "run", tmp_path / "other", tmp_path / "results.json"
    for seed, folder in enumerate((run, other)):
        train = ("train", "--config", "center_prior", "--set", f"seed={seed}", "--release", spot_release)
        call(*train, "--out", folder)
        assert "\nNot scored yet: `python -m training evaluate`" in (folder / "model_card.md").read_text()
    given = ("--release", spot_release, "--predictions", tmp_path / "maps", "--out", results)
    for mode in ("compatible", "corrected", "compatible"):
        call("evaluate", "--run", run, *given, "--mode", mode)
    card = json.loads((run / "model_card.json").read_text())
    assert [each["mode"] for each in card["scores"]] == ["corrected", "compatible"]
    mean = json.loads(results.read_text())["mean"]
    of_one = {"release": "release", "subset": "public_test", "mode": "compatible", "mirror": False}
    assert card["scores"][1] == {**of_one, "clips": 1, "mean": mean}
    words = (run / "model_card.md").read_text()
    assert "Not scored" not in words
    assert "- Scores on `release`, public_test, 1 clips, mode compatible: " in words
    assert f"CC {mean['cc']:.4f}" in words

    call("evaluate", "--run", run, "--run", other, *given)
    assert json.loads((run / "model_card.json").read_text()) == card
    assert "Not scored yet" in (other / "model_card.md").read_text()

    (other / "model_card.json").unlink()
    assert "the scores are not on the run's card" in call("evaluate", "--run", other, *given).stderr
