"""What training's bench is given."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.training.__main__ import main
from benchmarks.training.gpu import TARGETS, rows
from benchmarks.training.inputs import Inputs
from benchmarks.training.sizes import rows as sizes


def test_inputs_reach_the_process_of_a_part_as_they_are():
    inputs = Inputs((Path("/videos/a.mp4"), Path("/videos/b.mkv")), seed=7, full=True)
    assert Inputs.loads(inputs.dumps()) == inputs
    assert inputs.as_json()["clips"] == ["a.mp4", "b.mkv"]


def test_a_folder_without_videos_is_refused_in_words(tmp_path):
    refused = CliRunner().invoke(main, ["--clips", str(tmp_path)])
    assert refused.exit_code == 2
    assert "no videos in" in refused.output


def test_without_a_gpu_its_rows_are_there_and_not_measured(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    found = rows(tmp_path, Inputs())
    assert {row.name.partition(",")[0] for row in found} == set(TARGETS)
    assert all(row.value is None and row.met is None for row in found)


@pytest.mark.long
def test_networks_are_as_large_as_designed(tmp_path):
    assert [row.name for row in sizes(tmp_path, Inputs()) if row.met is not True] == []
