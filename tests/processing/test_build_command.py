import json
import sys
from fractions import Fraction
from typing import NamedTuple

import pytest

from processing.build_command import build_command
from processing.cli import main
from processing.tracks.header import COLUMNS

HEADER = ",".join(COLUMNS)
ROWS = [f"{observer},{step / 50},{10 + step % 30},{20}" for step in range(80) for observer in "ab"]


class Ran(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def cursal(monkeypatch, capsys):
    """Run the command as a shell would, in this process."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["cursal", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        return Ran(end.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def tracks(tmp_path):
    def write(*rows, header=HEADER):
        path = tmp_path / "T.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return write


def assert_refused(ran, out, complaint):
    assert ran.returncode == 2
    assert ran.stdout == ""
    (line,) = ran.stderr.splitlines()
    assert line.startswith("error: ")
    assert complaint in line
    assert not out.exists()


def test_a_video_and_its_tracks_become_three_files(cursal, make_clip, tracks, tmp_path):
    out = tmp_path / "new" / "out"
    video = make_clip("V.mp4", fps=Fraction(30000, 1001))
    ran = cursal("build", "--video", video, "--tracks", tracks(*ROWS), "--out", out)
    assert ran.returncode == 0, ran.stderr
    assert {path.name for path in out.iterdir()} == {"fixations.json", "saliency.mp4", "report.json"}
    report = json.loads((out / "report.json").read_text())
    assert report["frames"] == len(json.loads((out / "fixations.json").read_text())) == 30
    assert report["fps"] == "30000/1001"
    assert report["observers_used"] == 2
    assert report["observers_dropped"] == []
    assert report["sigma_px"] == 1.92
    assert {
        *("empty_frames_filled", "samples_held", "frames_trimmed", "points_outside", "recipe_fingerprint"),
        *("warnings", "timings_s"),
    } <= report.keys()


def test_a_recipe_file_is_obeyed(cursal, make_clip, tracks, tmp_path):
    recipe = tmp_path / "R.toml"
    recipe.write_text('sigma_px = 4\nlag_ms = 0\ntail = "hold"\nencoding = "exact"\n')
    arguments = ("--video", make_clip("V.mp4"), "--tracks", tracks(*ROWS[:20]), "--recipe", recipe)
    ran = cursal("build", *arguments, "--out", tmp_path / "out")
    assert ran.returncode == 0, ran.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["sigma_px"] == 4
    assert report["samples_held"] > 0
    assert report["recipe"]["encoding"] == "exact"


def test_an_observer_with_a_bad_row_stops_the_build_or_is_left_out(cursal, make_clip, tracks, tmp_path):
    out = tmp_path / "out"
    arguments = ("build", "--video", make_clip("V.mp4"), "--tracks", tracks(*ROWS, "b,nan,1,1"), "--out", out)
    assert_refused(cursal(*arguments), out, "line 162")
    ran = cursal(*arguments, "--skip-bad-tracks")
    assert ran.returncode == 0, ran.stderr
    report = json.loads((out / "report.json").read_text())
    assert report["observers_used"] == 1
    assert [left_out["observer"] for left_out in report["observers_dropped"]] == ["b"]
    assert "line 162" in report["observers_dropped"][0]["reason"]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"width": 65, "height": 49, "codec": "ffv1"}, "crop it to 64x48"),
        ({"frames": 5, "ticks": [0, 20, 90, 110, 200], "tick_s": Fraction(1, 1000)}, "constant rate"),
    ],
)
def test_a_video_that_cannot_have_maps_is_refused_with_the_remedy(
    cursal, make_clip, tracks, tmp_path, settings, complaint
):
    out = tmp_path / "out"
    video = make_clip("V.mkv", **settings)
    assert_refused(cursal("build", "--video", video, "--tracks", tracks(*ROWS), "--out", out), out, complaint)


def test_what_is_no_video_is_refused(cursal, make_clip, tracks, sound_only, tmp_path):
    out = tmp_path / "out"
    text = tmp_path / "text.mp4"
    text.write_text("not a video\n")
    short = make_clip("short.mp4")
    short.write_bytes(short.read_bytes()[:1500])
    for video, complaint in (
        (text, "not a video"),
        (sound_only, "sound but no picture"),
        (short, "cut short"),
        (tmp_path / "absent.mp4", "no such file"),
        (make_clip("zero.mp4", frames=0), "no "),
    ):
        ran = cursal("build", "--video", video, "--tracks", tracks(*ROWS), "--out", out)
        assert_refused(ran, out, complaint)


@pytest.mark.parametrize(
    ("header", "rows", "recipe", "complaint"),
    [
        ("observer,t_s,x_px", ROWS, "", '"y_px" is missing'),
        (HEADER, [], "", "no samples"),
        (HEADER, ["a,0.3050001,5,5"], "", "no observer has a point"),
        (HEADER, ["a,0,5,5", "a,9,5,5", "a,8,5,5"], "", "line 4"),
        (HEADER, ROWS, "speed = 3", 'unknown key "speed"'),
        (HEADER, ROWS, "sigma_px = 3\nsigma_share = 0.1", "exactly one"),
        (HEADER, ROWS, "sigma_deg = 1", "px_per_deg"),
        (HEADER, ROWS[:60], 'empty_frames = "fail"', "have no points"),
    ],
)
def test_bad_tracks_and_recipes_end_with_one_line(
    cursal, make_clip, tracks, tmp_path, header, rows, recipe, complaint
):
    out = tmp_path / "out"
    recipe_file = tmp_path / "R.toml"
    recipe_file.write_text(recipe)
    video, table = make_clip("V.mp4"), tracks(*rows, header=header)
    ran = cursal("build", "--video", video, "--tracks", table, "--recipe", recipe_file, "--out", out)
    assert_refused(ran, out, complaint)


def test_an_output_that_is_a_file_is_refused(cursal, make_clip, tracks, tmp_path):
    out = tmp_path / "taken"
    out.write_text("mine")
    ran = cursal("build", "--video", make_clip("V.mp4"), "--tracks", tracks(*ROWS), "--out", out)
    assert ran.returncode == 2
    assert "is a file" in ran.stderr
    assert out.read_text() == "mine"


def test_the_command_explains_itself():
    assert build_command.help
    assert all(option.help for option in build_command.params)
