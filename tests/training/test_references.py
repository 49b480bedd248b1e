"""The command `references`: from recordings it finds all four measures, of a release it says what that says."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from processing.consistency.command import consistency_command
from processing.layouts import AIM24
from processing.recipe import Recipe
from processing.recordings import ClipFiles, read_clips
from processing.tracks import Track
from processing.tracks.csv_file import write_csv
from training import human
from training.cli import main

MEASURES = {"cc", "sim", "nss", "auc"}


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["references", *map(str, arguments)])


def refused(result: Result, said: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1 and re.search(said, result.stderr), result.stderr


@pytest.fixture
def recorded(spot_release: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A clip of 160 x 90 pixels, and the tracks of eight people who follow a spot, each a little beside it."""
    rng = np.random.default_rng(3)
    t_us = np.arange(-500_000, 1_500_000, 20_000)
    tracks = []
    for number in range(8):
        x, y = 80 + 30 * np.sin(t_us / 3e5), 45 + 15 * np.cos(t_us / 3e5)
        off_x, off_y = rng.normal(0, 4, 2)
        tracks.append(Track(f"o{number}", t_us, x + off_x, y + off_y))
    write_csv(tmp_path / "tracks.csv", tracks)
    return spot_release / AIM24.video("alpha"), tmp_path / "tracks.csv"


def table_of(result: Result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def test_recordings_give_all_four_measures_of_halves_and_of_single_observers(
    recorded: tuple[Path, Path], tmp_path: Path
) -> None:
    video, tracks = recorded
    said = table_of(call("--video", video, "--tracks", tracks, "--out", tmp_path / "references.json"))
    (clip,) = said["clips"]
    assert (clip["name"], clip["observers"], clip["reason"]) == ("alpha", 8, None)
    for which in ("split_half", "leave_one_out"):
        assert set(clip[which]) == MEASURES
        assert all(value is not None for value in clip[which].values())
    assert clip["ceiling"]["cc"] > clip["split_half"]["cc"] > 0.5
    (recordings,) = read_clips([ClipFiles(video, tracks, None)])
    assert clip == human.of_recordings(recordings, Recipe()).document()
    stored = json.loads((tmp_path / "references.json").read_text())
    assert stored == {"clips": said["clips"], "mean": said["mean"]}


def test_the_agreement_of_halves_is_that_of_cursal_consistency(
    recorded: tuple[Path, Path], tmp_path: Path
) -> None:
    video, tracks = recorded
    options = ["--video", str(video), "--tracks", str(tracks)]
    ran = CliRunner().invoke(
        consistency_command, [*options, "--out", str(tmp_path / "out"), "--replicates", "0"]
    )
    assert ran.exit_code == 0, ran.output
    (theirs,) = json.loads((tmp_path / "out/consistency.json").read_text())["clips"]
    (ours,) = table_of(call(*options))["clips"]
    assert ours["leave_one_out"]["cc"] == pytest.approx(theirs["leave_one_out"]["mean"], abs=2e-3)
    assert ours["split_half"]["cc"] == pytest.approx(theirs["split_half"]["value"], abs=0.03)


def test_a_manifest_lists_recordings_and_a_recipe_changes_them(
    recorded: tuple[Path, Path], tmp_path: Path
) -> None:
    video, tracks = recorded
    (tmp_path / "clips.csv").write_text(f"video,tracks\n{video},{tracks.name}\n{video},{tracks.name}\n")
    listed = table_of(call("--manifest", tmp_path / "clips.csv"))
    assert [clip["name"] for clip in listed["clips"]] == ["alpha", "alpha (2)"]
    (tmp_path / "wide.toml").write_text("sigma_share = 0.2\n")
    wide = table_of(call("--manifest", tmp_path / "clips.csv", "--recipe", tmp_path / "wide.toml"))
    assert wide["mean"]["split_half"]["cc"] > listed["mean"]["split_half"]["cc"]


def test_recordings_and_releases_are_not_mixed(
    recorded: tuple[Path, Path], spot_release: Path, tmp_path: Path
) -> None:
    video, tracks = recorded
    one_of = "give one of --release, --manifest, and --video with --tracks"
    refused(call(), one_of)
    refused(call("--release", spot_release, "--video", video, "--tracks", tracks), one_of)
    refused(call("--release", spot_release, "--manifest", tmp_path / "m.csv"), one_of)
    refused(call("--manifest", tmp_path / "m.csv", "--tracks", tracks), "--manifest lists the clips")
    refused(call("--video", video), "once for each clip")
    refused(call("--release", spot_release, "--recipe", tmp_path / "r.toml"), "--recipe is for recordings")


def test_too_few_observers_are_refused(recorded: tuple[Path, Path]) -> None:
    video, tracks = recorded
    kept = [
        line
        for line in tracks.read_text().splitlines(keepends=True)
        if not line.startswith(("o3", "o4", "o5", "o6", "o7"))
    ]
    tracks.write_text("".join(kept))
    refused(call("--video", video, "--tracks", tracks), "alpha: 3 observers are too few")


def test_a_release_of_others_says_nothing_of_its_people(spot_release: Path) -> None:
    result = call("--release", spot_release)
    assert table_of(result)["clips"][0]["split_half"]["cc"] is None
    assert result.stderr.startswith("gamma: the release does not say how well its observers agree")
    refused(
        call("--release", spot_release, "--subset", "private_test"), "no clips in its part 'private_test'"
    )
