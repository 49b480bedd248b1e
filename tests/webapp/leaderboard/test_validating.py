"""The process in which a stranger's zip is looked at."""

import tempfile

from webapp.leaderboard import validating


def test_a_look_that_is_cut_off_leaves_no_files_behind(tmp_path, monkeypatch):
    told, folder = tmp_path / "told", tmp_path / "tmp"
    folder.mkdir()
    slow = f"""
import pathlib, tempfile, time
pathlib.Path({str(told)!r}).write_text(tempfile.mkdtemp())
time.sleep(600)
"""
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(validating, "_PROGRAM", slow)
    monkeypatch.setattr(validating, "LIMIT_S", 5)
    validating.refuse_unfit(tmp_path / "slow.zip", {}, "corrected")
    assert told.read_text().startswith(f"{folder}/"), "it had begun"
    assert list(folder.iterdir()) == []
