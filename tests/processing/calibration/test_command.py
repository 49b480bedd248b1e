import csv
import json

import pytest
from click.testing import CliRunner

from processing.calibration.command import calibrate_command
from processing.errors import BadInput
from processing.tracks.csv_file import write_csv

pytestmark = pytest.mark.long


@pytest.fixture
def files(tmp_path, make_clip, people):
    """A clip with hands and eyes in files; names of the options → paths."""
    eyes, hands, true_ms = people("abcd", 300, seconds=4)
    video = make_clip("jump.mp4", width=720, height=576, frames=100, fps=25)
    write_csv(tmp_path / "gaze.csv", eyes)
    write_csv(tmp_path / "hands.csv", hands)
    return {
        "video": video,
        "tracks": tmp_path / "hands.csv",
        "gaze": tmp_path / "gaze.csv",
        "true_ms": true_ms,
    }


def run(out, *arguments):
    settings = ("--lag-step-ms", "20", "--sigmas", "0.02,0.03", "--replicates", "40")
    ran = CliRunner().invoke(calibrate_command, [*map(str, arguments), *settings, "--out", str(out)])
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran


def test_hands_against_eyes_become_a_table_and_charts(files, tmp_path):
    out = tmp_path / "new" / "out"
    said = run(out, "--video", files["video"], "--tracks", files["tracks"], "--gaze", files["gaze"]).output
    assert {path.name for path in out.iterdir()} == {
        "calibration.json",
        "curves.csv",
        *(f"{by}_{measure}.svg" for by in ("lag", "sigma") for measure in ("cc", "nss", "auc")),
    }
    found = json.loads((out / "calibration.json").read_text())
    assert abs(found["clips"][0]["best"]["cc"]["lag_ms"]["value"] - files["true_ms"]) < 20
    assert found["clips"][0]["held_out"]["cc"]["lag_ms"]["low"] is not None
    assert found["against"] == "eyes"
    with (out / "curves.csv").open() as file:
        assert sum(row["set"] == "clip" for row in csv.DictReader(file)) == 3 * 2 * 31
    assert "jump: lag" in said
    assert "held-out viewers" in said
    assert "<script" not in (out / "lag_cc.svg").read_text()


def test_a_manifest_brings_groups(files, tmp_path):
    table = tmp_path / "clips.csv"
    table.write_text(
        "video,tracks,gaze,group\njump.mp4,hands.csv,gaze.csv,sport\njump.mp4,hands.csv,gaze.csv,sport\n"
    )
    run(tmp_path / "out", "--manifest", table)
    found = json.loads((tmp_path / "out" / "calibration.json").read_text())
    assert [clip["name"] for clip in found["clips"]] == ["jump", "jump (2)"]
    assert found["groups"]["sport"]["clips"] == found["all"]["clips"] == 2
    assert found["groups"]["sport"]["best"] == found["all"]["best"] == found["clips"][0]["best"]


def test_without_eyes_halves_are_compared(files, tmp_path):
    said = run(tmp_path / "out", "--video", files["video"], "--tracks", files["tracks"]).output
    found = json.loads((tmp_path / "out" / "calibration.json").read_text())
    assert found["against"] == "halves"
    assert set(found["clips"][0]["own_shift_ms"]) == set("abcd")
    assert "cannot be seen" in said


def test_groups_are_merged_among_halves_too(files, tmp_path):
    table = tmp_path / "clips.csv"
    table.write_text("video,tracks,group\n" + "jump.mp4,hands.csv,sport\n" * 2 + "jump.mp4,hands.csv,\n")
    said = run(tmp_path / "out", "--manifest", table).output
    found = json.loads((tmp_path / "out" / "calibration.json").read_text())
    assert (found["groups"]["sport"]["clips"], found["all"]["clips"], len(found["clips"])) == (2, 3, 3)
    assert found["groups"]["sport"]["best"] == found["all"]["best"] == found["clips"][0]["best"]
    assert "sport: sigma" in said and "all clips: sigma" in said
    with (tmp_path / "out" / "curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {(row["set"], row["name"]) for row in rows} == {
        ("clip", "jump"), ("clip", "jump (2)"), ("clip", "jump (3)"), ("group", "sport"), ("all", "all clips")
    }  # fmt: skip


def test_a_target_gives_every_observer_a_lag(tmp_path, people):
    (eyes, *_), (hand, *_), _ = people("a", 300)
    write_csv(tmp_path / "dot.csv", [eyes])
    write_csv(tmp_path / "hands.csv", [hand])
    run(tmp_path / "out", "--tracks", tmp_path / "hands.csv", "--target", tmp_path / "dot.csv")
    found = json.loads((tmp_path / "out" / "calibration.json").read_text())
    (own,) = found["observers"]
    assert own["name"] == "a"
    assert own["lag_ms"]["value"] == found["lag_ms"]["median"]
    assert (tmp_path / "out" / "lag_distance.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--video", "V"], "once for each clip"),
        (["--video", "V", "--tracks", "T", "--gaze", "G", "--gaze", "G"], "once for each clip"),
        (["--manifest", "M", "--video", "V"], "take out"),
        (["--target", "P", "--tracks", "T", "--video", "V"], "goes with one --tracks"),
        (["--manifest", "absent.csv"], "cannot be read"),
        (["--manifest", "absent.csv", "--seed", "-1"], "a seed cannot be -1"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, arguments, complaint):
    with pytest.raises(BadInput, match=complaint):
        run(tmp_path / "out", *arguments)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("video,tracks\n", "lists no clip"),
        ("video,tracks\na.mp4,\n", 'line 2: "tracks" is missing'),
        ("tracks\na.csv\n", '"video" is missing'),
        ("video,tracks,gaze\na.mp4,a.csv,g.csv\nb.mp4,b.csv,\n", "some clips have gaze"),
    ],
)
def test_a_bad_manifest_is_refused_by_line(tmp_path, table, complaint):
    (tmp_path / "clips.csv").write_text(table)
    with pytest.raises(BadInput, match=complaint):
        run(tmp_path / "out", "--manifest", tmp_path / "clips.csv")


def test_sigmas_are_numbers(tmp_path):
    ran = CliRunner().invoke(calibrate_command, ["--sigmas", "wide", "--out", str(tmp_path)])
    assert isinstance(ran.exception, BadInput)
