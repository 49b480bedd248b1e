"""The command around the parts: one that fails hides no other, and says so in the exit status."""

import json

import pytest
from click.testing import CliRunner

from benchmarks.capture import __main__ as command
from benchmarks.capture.inputs import MOST_CLIPS, Inputs
from benchmarks.parts import PartFailed
from benchmarks.table import Row


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "RESULT", tmp_path / "bench" / "capture.json")
    monkeypatch.setattr(command, "PARTS", (command.Part("first"), command.Part("second")))

    def invoke(measure, *arguments):
        monkeypatch.setattr(command, "measure", measure)
        answer = CliRunner().invoke(command.main, arguments)
        stored = tmp_path / "bench" / "capture.json"
        return answer, json.loads(stored.read_text()) if stored.exists() else None

    return invoke


def one_row(part, inputs):
    return [Row(part.name, 1.0, "ms")]


def test_the_rows_of_all_parts_are_stored_in_their_order(run):
    answer, stored = run(one_row)
    assert answer.exit_code == 0, answer.output
    assert [row["name"] for row in stored["rows"]] == ["first", "second"]
    assert stored["inputs"] == {"clips": "synthetic", "full": False, "seconds": 120}


def test_a_part_that_fails_hides_no_other_and_is_named(run):
    def measure(part, inputs):
        if part.name == "first":
            raise PartFailed("first ended with status 3; see above")
        return one_row(part, inputs)

    answer, stored = run(measure)
    assert answer.exit_code == 1
    assert "error: first ended with status 3" in answer.output
    assert [row["name"] for row in stored["rows"]] == ["second"]


def test_a_folder_without_videos_is_refused_before_anything_is_measured(run, tmp_path):
    (tmp_path / "notes.txt").write_text("none")
    answer, stored = run(one_row, "--clips", str(tmp_path))
    assert answer.exit_code == 2
    assert "no videos" in answer.output
    assert stored is None


def test_a_part_really_runs_in_a_process_of_its_own_and_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "RESULT", tmp_path / "capture.json")
    with pytest.raises(PartFailed, match="unheard_of ended with status 1"):
        command.measure(command.Part("unheard_of"), Inputs())
    assert list(tmp_path.iterdir()) == []


def test_inputs_reach_a_process_of_their_own_as_they_are(tmp_path):
    (tmp_path / "b.MP4").touch()
    (tmp_path / "a.webm").touch()
    inputs = Inputs.of(tmp_path, full=True, seconds=7)
    assert [path.name for path in inputs.clips] == ["a.webm", "b.MP4"]
    assert Inputs.loads(inputs.dumps()) == inputs


def test_of_many_videos_some_of_the_whole_folder_are_watched_and_all_in_the_long_series(tmp_path):
    for number in range(20):
        (tmp_path / f"{number:02}.mp4").touch()
    some = [clip.name for clip in Inputs.of(tmp_path, full=False, seconds=7).clips]
    assert len(some) == MOST_CLIPS
    assert (some[0], some[-1]) == ("00.mp4", "17.mp4")
    assert len(Inputs.of(tmp_path, full=True, seconds=7).clips) == 20
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "one.mp4").touch()
    assert [clip.name for clip in Inputs.of(tmp_path / "few", full=False, seconds=7).clips] == ["one.mp4"]
