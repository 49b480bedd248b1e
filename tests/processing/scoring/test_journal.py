import pytest

from processing.scoring.baseline import Baseline
from processing.scoring.journal import Journal, clip_key
from processing.scoring.video import ClipFiles, ClipScores

SCORES = ClipScores({"cc": [0.5, 0.25], "nss": [None, 1.5]}, ("a warning",))


@pytest.fixture
def files(tmp_path):
    found = ClipFiles("a", *(tmp_path / name for name in ("prediction", "truth", "fixations")))
    for path in (found.prediction, found.truth, found.fixations):
        path.write_text(path.name)
    return found


def test_what_was_added_is_found_by_the_next_run(tmp_path):
    Journal(tmp_path / "j").add("k", SCORES)
    found = Journal(tmp_path / "j").found("k")
    assert found == SCORES and found.scores == {"cc": 0.375, "nss": 1.5}
    assert Journal(tmp_path / "j").found("another") is None


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_cut_off_by_a_kill_is_passed_over_and_later_ones_are_not_spoiled(tmp_path, cut):
    path = tmp_path / "j"
    first = Journal(path)
    first.add("whole", SCORES)
    first.add("torn", SCORES)
    path.write_bytes(path.read_bytes()[:-cut])
    second = Journal(path)
    assert second.found("whole") == SCORES
    second.add("later", SCORES)
    third = Journal(path)
    assert third.found("whole") == third.found("later") == SCORES


def test_without_a_path_nothing_is_written(tmp_path):
    journal = Journal(None)
    journal.add("k", SCORES)
    assert journal.found("k") == SCORES
    assert list(tmp_path.iterdir()) == []


def test_a_key_names_mode_bytes_and_baseline(files, tmp_path):
    keys = [clip_key("compatible", files, None), clip_key("crowdsal", files, None)]
    keys += [
        clip_key("corrected", files, base) for base in (None, Baseline([[0.5, 0.5]]), Baseline([[0.5, 0.2]]))
    ]
    assert clip_key("compatible", files, None) == keys[0]
    for path in (files.prediction, files.truth, files.fixations):
        path.write_text("other")
        keys.append(clip_key("compatible", files, None))
        path.unlink()
        keys.append(clip_key("compatible", files, None))
    assert len(set(keys)) == len(keys)


def test_a_file_that_cannot_be_read_counts_as_absent(files):
    files.prediction.unlink()
    absent = clip_key("compatible", files, None)
    files.prediction.mkdir()
    assert clip_key("compatible", files, None) == absent
