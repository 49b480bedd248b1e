import json

import numpy as np
import pytest
from click.testing import CliRunner

from processing.consistency.command import consistency_command
from processing.errors import BadInput
from processing.tracks import Track
from processing.tracks.csv_file import write_csv


@pytest.fixture
def clip(make_clip, tmp_path):
    times = np.arange(0, 1_500_001, 20_000)
    rng = np.random.default_rng(0)
    tracks = [
        Track(name, times, *(30 + 10 * np.sin(times / 3e5) + rng.normal(0, 4, (2, len(times)))))
        for name in "abcdefgh"
    ]
    write_csv(tmp_path / "T.csv", tracks)
    return make_clip("V.mp4"), tmp_path / "T.csv"


def run(*arguments):
    ran = CliRunner().invoke(consistency_command, [*map(str, arguments), "--replicates", "20"])
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran


def test_a_clip_is_told_how_many_more_observers_it_needs(clip, tmp_path):
    video, tracks = clip
    out = tmp_path / "out"
    said = run("--video", video, "--tracks", tracks, "--wanted", "0.95", "--out", out).output
    (found,) = json.loads((out / "consistency.json").read_text())["clips"]
    assert found["more"] > 0
    assert f"for 0.95 the clip needs {found['more']} more" in said
    assert (out / "growth_V.svg").read_text().count("Spearman-Brown")


def test_a_manifest_lists_clips(clip, tmp_path):
    (tmp_path / "clips.csv").write_text("video,tracks\nV.mp4,T.csv\nV.mp4,T.csv\n")
    run("--manifest", tmp_path / "clips.csv", "--out", tmp_path / "out")
    found = json.loads((tmp_path / "out" / "consistency.json").read_text())["clips"]
    assert [own["name"] for own in found] == ["V", "V (2)"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--video", "V"], "once for each clip"),
        (["--manifest", "M", "--tracks", "T"], "take out"),
        (["--replicates", "-1", "--video", "V", "--tracks", "T"], "replicates"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, arguments, complaint):
    ran = CliRunner().invoke(consistency_command, [*arguments, "--out", str(tmp_path / "out")])
    assert isinstance(ran.exception, BadInput)
    assert complaint in str(ran.exception)


def test_too_few_observers_are_refused_by_the_clips_name(clip, tmp_path):
    video, _ = clip
    write_csv(tmp_path / "few.csv", [Track("a", np.arange(99) * 10_000, np.ones(99), np.ones(99))])
    with pytest.raises(BadInput, match="V: 1 observers are too few"):
        run("--video", video, "--tracks", tmp_path / "few.csv", "--out", tmp_path / "out")
