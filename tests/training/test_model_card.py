"""The card of a run says how well it does, or that nobody has measured it yet."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from training.cli import main

pytestmark = pytest.mark.long


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


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
