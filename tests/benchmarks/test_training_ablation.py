"""What each choice is worth: every setting on the same clips, a table, and rows beside the published one."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.training import __main__ as bench
from benchmarks.training import ablation, world
from benchmarks.training.ablation import Found, Variant, rows, table
from benchmarks.training.inputs import Inputs
from processing.layouts import PUBLIC_TEST
from training.cli import main

SCORES = {"cc": 0.5, "sim": 0.25, "nss": 2.0, "auc_judd": 0.75}


def scores(cc: float) -> dict[str, float]:
    return {**SCORES, "cc": cc}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, int, Sequence[str]]]:
    """Which settings were measured, with how many steps, on which clips: nothing is made, built or trained."""
    measured: list[tuple[str, int, Sequence[str]]] = []

    def measure(variant, watched, eyes, split, folder, steps):
        folder.mkdir()
        measured.append((variant.name, steps, (*split["train"], *split[PUBLIC_TEST])))
        return Found(scores(1 / len(measured)), scores(0.5 / len(measured)))

    def clips(folder, *, seed, clips, observers):
        return [type("Named", (), {"name": f"seed {seed}, clip {number}"}) for number in range(clips)]

    monkeypatch.setattr(ablation, "synthetic_clips", clips)
    monkeypatch.setattr(ablation, "eye_maps", lambda watched, names, folder: folder)
    monkeypatch.setattr(ablation, "measure", measure)
    monkeypatch.setattr(ablation, "RESULT", tmp_path / "bench" / "ablation.md")
    return measured


def test_every_setting_has_rows_beside_the_published_one_and_no_target(tmp_path: Path, told) -> None:
    found = rows(tmp_path, Inputs(seed=7, full=True))
    names = [variant.name for variant in ablation.VARIANTS]
    assert [name for name, _, _ in told] == names and len(names) == 10
    assert {steps for _, steps, _ in told} == {ablation.STEPS}
    assert len({clips for _, _, clips in told}) == 1 and told[0][2][0] == "seed 7, clip 0"
    assert len(set(told[0][2])) == ablation.TRAIN + ablation.TEST
    assert [row.name for row in found] == [
        f"{name}: {what}" for name in names for what in ("labels", "trained on them")
    ]
    assert all(row.target is None and row.met is None and row.against == "as published" for row in found)
    assert [(row.value, row.ratio) for row in found[:4]] == [(1, 1), (0.5, 1), (0.5, 0.5), (0.25, 0.5)]
    assert (tmp_path / "bench" / "ablation.md").read_text().count("\n") == 2 + len(names)
    assert not [*tmp_path.glob("variant-*")]


def test_the_table_has_the_scores_of_labels_and_of_predictions() -> None:
    lines = table({"one setting": Found(scores(0.9876), scores(0.1234))}).splitlines()
    assert lines[2] == "| one setting | 0.988 | 0.250 | 2.000 | 0.123 | 0.250 | 2.000 | 0.750 |"
    assert len({line.count("|") for line in lines}) == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], [*bench.PARTS]),
        (["--full"], [*bench.PARTS, "ablation"]),
        (["--only", "ablation"], ["ablation"]),
        (["--full", "--only", "sizes"], ["sizes"]),
    ],
)
def test_the_long_series_has_the_ablation_too(
    arguments: list[str], expected: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, bool]] = []

    def run_part(name, command, path, *, full):
        asked.append((name, full))
        assert command[2:4] == ["benchmarks.training.part", name]
        assert Inputs.loads(command[4]).full == ("--full" in arguments)
        return []

    monkeypatch.setattr(bench, "run_part", run_part)
    monkeypatch.setattr(bench, "RESULT", tmp_path / "training.json")
    assert CliRunner().invoke(bench.main, arguments).exit_code == 0
    assert [name for name, _ in asked] == expected
    # It has the time of the long series, whoever asks for it.
    assert all(full == ("--full" in arguments or name == "ablation") for name, full in asked)
    assert json.loads((tmp_path / "training.json").read_text())["rows"] == []


@pytest.mark.long
def test_a_setting_is_built_trained_and_scored_against_the_eyes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def training(*arguments: object) -> None:
        done = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert done.exit_code == 0, done.output

    for name, value in {"SECONDS": 2, "WIDTH": 160, "HEIGHT": 90}.items():
        monkeypatch.setattr(world, name, value)
    quick = {"train.batch": 1, "train.samples": 0, "data.long_side": 64, "data.short_side": 32}
    settings = (Variant("as published", training=quick), Variant("late", {"lag_ms": 0}, quick))
    for name, value in {
        "TRAIN": 1,
        "TEST": 1,
        "OBSERVERS": 4,
        "VARIANTS": settings,
        "training": training,
    }.items():
        monkeypatch.setattr(ablation, name, value)
    found = ablation.every_setting(tmp_path, seed=3, steps=1)
    # A hand is where its eye was only once the lag is taken out.
    assert found["as published"].labels["cc"] > found["late"].labels["cc"] + 0.03
    assert all(-1 <= own.predictions["cc"] <= 1 for own in found.values())
