import csv
import errno
import json
import shutil
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from processing.errors import BadInput
from processing.evaluate import METRICS, Results, evaluate, names_of_subset
from processing.evaluate_command import evaluate_command
from processing.scoring import MODES
from processing.scoring.video import score_video
from processing.video import MapWriter


def write_maps(path, seed, frames):
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with MapWriter(path, width=32, height=18, fps=Fraction(30), encoding="exact") as writer:
        for _ in range(frames):
            writer.write(rng.integers(0, 1024, (18, 32)).astype(np.uint16))


def write_points(path, seed, frames):
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    points = [
        np.column_stack([rng.integers(0, 18, 5), rng.integers(0, 32, 5)]).tolist() for _ in range(frames)
    ]
    path.write_text(json.dumps(points))


@pytest.fixture
def folders(tmp_path):
    """Three clips of 2, 3 and 4 frames; one name begins another, one holds a blank."""
    for seed, name in enumerate(["clip", "clip 2", "zebra"]):
        frames = seed + 2
        write_maps(tmp_path / "predictions" / f"{name}.mp4", seed, frames)
        write_maps(tmp_path / "truth" / f"{name}.mp4", seed + 10, frames)
        write_points(tmp_path / "fixations" / name / "fixations.json", seed, frames)
    return {part: tmp_path / part for part in ("predictions", "truth", "fixations")}


def arguments(folders, *more):
    options = [text for name, folder in folders.items() for text in (f"--{name}", str(folder))]
    return [*options, "--out", str(folders["truth"].parent / "results.json"), *more]


def run(folders, *more):
    return CliRunner().invoke(evaluate_command, arguments(folders, *more))


def document(folders):
    return json.loads((folders["truth"].parent / "results.json").read_text())


def test_every_clip_of_the_truth_is_scored_as_itself(folders):
    results = evaluate(**folders).document()
    assert list(results["videos"]) == ["clip", "clip 2", "zebra"]
    assert results["mode"] == "compatible" and results["failed"] == {}
    alone = evaluate(**folders, names=["clip"]).document()
    assert alone["videos"] == {"clip": results["videos"]["clip"]}
    for metric in METRICS:
        per_video = [results["videos"][name][metric] for name in ("clip", "clip 2", "zebra")]
        assert results["mean"][metric] == pytest.approx(np.mean(per_video))
        assert results["mean_by_frames"][metric] == pytest.approx(np.average(per_video, weights=[2, 3, 4]))


@pytest.mark.long
def test_several_processes_give_the_same_document(folders):
    calls = []
    several = evaluate(**folders, workers=2, progress=lambda done, total: calls.append((done, total)))
    assert several.document() == evaluate(**folders, workers=1).document()
    assert calls[-1] == (9, 9)


def test_a_flat_fixations_file_is_found_too(folders):
    before = evaluate(**folders).document()
    nested = folders["fixations"] / "zebra"
    shutil.move(nested / "fixations.json", folders["fixations"] / "zebra.json")
    nested.rmdir()
    assert evaluate(**folders).document() == before


def test_one_failure_takes_the_mean_away_and_a_missing_one_can_be_allowed(folders):
    (folders["predictions"] / "clip.mp4").unlink()
    strict = evaluate(**folders).document()
    assert strict["mean"] is None and strict["mean_by_frames"] is None
    assert strict["failed"] == {"clip": "prediction: there is no clip.mp4"}
    assert list(strict["videos"]) == ["clip 2", "zebra"]
    lenient = evaluate(**folders, allow_missing=True).document()
    assert lenient["mean"]["cc"] == pytest.approx(np.mean([v["cc"] for v in lenient["videos"].values()]))
    assert lenient["warnings"] == ["the means are over 2 of 3 videos"]


def test_when_nothing_could_be_scored_there_is_no_mean_even_if_missing_is_allowed(folders):
    shutil.rmtree(folders["predictions"])
    folders["predictions"].mkdir()
    assert evaluate(**folders, allow_missing=True).mean is None


@pytest.mark.long
def test_broken_clips_fail_one_by_one_in_other_processes_too(folders):
    (folders["predictions"] / "clip 2.mp4").write_text("no video")
    write_points(folders["fixations"] / "zebra" / "fixations.json", 0, 0)
    failed = evaluate(**folders, workers=2).failed
    assert set(failed) == {"clip 2", "zebra"}
    assert all("\n" not in reason and "/" not in reason for reason in failed.values())


@pytest.mark.parametrize("part", ["predictions", "truth"])
@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_video_that_nobody_may_read_fails_and_the_rest_goes_on(folders, monkeypatch, part, mode):
    locked, opened = folders[part] / "clip.mp4", Path.open

    def open_or_refuse(path, *arguments, **more):
        if path == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", open_or_refuse)
    done = run(folders, "--mode", mode)
    assert done.exit_code == 3
    assert document(folders)["failed"] == {"clip": f"{locked} cannot be read: Permission denied"}
    assert list(document(folders)["videos"]) == ["clip 2", "zebra"]


def test_shadow_files_of_archives_are_not_clips(folders):
    (folders["truth"] / "._clip.mp4").write_bytes(b"\0")
    assert evaluate(**folders).complete


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "magic"}, "no mode 'magic'"),
        ({"names": []}, "no clip to score"),
    ],
)
def test_what_cannot_be_evaluated_at_all_is_refused(folders, change, message):
    with pytest.raises(BadInput, match=message):
        evaluate(**(folders | change))


def test_a_folder_that_is_not_there_is_named(folders, tmp_path):
    with pytest.raises(BadInput, match="folder of truth does not exist"):
        evaluate(**(folders | {"truth": tmp_path / "nowhere"}))
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no clip to score"):
        evaluate(**(folders | {"truth": tmp_path / "empty"}))


def test_a_subset_is_read_with_and_without_mp4(tmp_path):
    split = tmp_path / "split.json"
    split.write_text('{"train": ["a"], "public_test": ["zebra.mp4", "clip"], "none": []}')
    assert names_of_subset(split, "public_test") == ["zebra", "clip"]
    for subset, message in (
        ("private_test", "no subset 'private_test': it has train"),
        ("none", "names no clip"),
    ):
        with pytest.raises(BadInput, match=message):
            names_of_subset(split, subset)


def test_the_command_writes_results_and_prints_the_means(folders):
    done = run(folders)
    assert done.exit_code == 0
    assert document(folders) == evaluate(**folders).document()
    assert "auc_judd" in done.stdout and "results.json" in done.stdout


def test_the_command_scores_a_subset(folders, tmp_path):
    (tmp_path / "split.json").write_text('{"public_test": ["zebra.mp4", "clip"]}')
    done = run(folders, "--split-file", str(tmp_path / "split.json"), "--subset", "public_test")
    assert done.exit_code == 0
    assert list(document(folders)["videos"]) == ["clip", "zebra"]


def test_a_failure_ends_with_status_3_and_a_reason_unless_allowed(folders):
    (folders["predictions"] / "clip.mp4").unlink()
    done = run(folders)
    assert done.exit_code == 3 and "failed: clip: prediction: there is no clip.mp4" in done.stderr
    assert document(folders)["mean"] is None
    done = run(folders, "--allow-missing")
    assert done.exit_code == 0 and "2 of 3 videos" in done.stderr
    assert document(folders)["mean"] is not None and document(folders)["allow_missing"] is True


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--mode", "magic"), "no mode 'magic'"),
        (("--subset", "train"), "go together"),
        (("--workers", "0"), "1 or more"),
        (("--out", "."), "names a folder"),
    ],
)
def test_bad_options_are_one_line_and_leave_no_results(folders, more, message):
    done = run(folders, *more)
    assert isinstance(done.exception, BadInput)
    assert message in str(done.exception) and "\n" not in str(done.exception)
    assert not (folders["truth"].parent / "results.json").exists()


def test_the_document_of_an_empty_evaluation_has_no_mean():
    assert Results("compatible", {}, {"a": "gone"}, allow_missing=True).document()["mean"] is None


@pytest.mark.parametrize("mode", sorted(MODES))
def test_each_mode_is_named_in_its_results_and_means_its_own_metrics(folders, mode):
    results = evaluate(**folders, mode=mode, workers=1)
    found = results.document()
    assert found["mode"] == mode
    assert tuple(found["mean"]) == MODES[mode].metrics
    for metric in MODES[mode].metrics:
        curves = [clip.curves[metric] for clip in results.videos.values()]
        assert found["mean"][metric] == pytest.approx(np.mean([np.mean(curve) for curve in curves]))
        assert found["mean_by_frames"][metric] == pytest.approx(np.mean(np.concatenate(curves)))


def test_the_corrected_mode_holds_each_clip_against_the_others(folders):
    both = evaluate(**folders, mode="corrected", names=["clip", "zebra"]).document()
    alone = evaluate(**folders, mode="corrected", names=["clip"]).document()
    assert both["videos"]["clip"]["sauc"] is not None and alone["videos"]["clip"]["sauc"] is None
    assert both["videos"]["clip"]["auc_judd"] == alone["videos"]["clip"]["auc_judd"]
    assert alone["mean"]["sauc"] is None


@pytest.fixture
def scored_clips(monkeypatch):
    """The names of the clips that are scored from here on."""
    names = []

    def score_and_tell(mode, files, **more):
        names.append(files.name)
        return score_video(mode, files, **more)

    monkeypatch.setattr("processing.evaluate.score_video", score_and_tell)
    return names


def test_a_run_goes_on_where_it_was_and_ends_as_if_it_had_never_stopped(folders, tmp_path, scored_clips):
    (folders["predictions"] / "zebra.mp4").rename(tmp_path / "away.mp4")
    evaluate(**folders, journal=tmp_path / "journal", workers=1)
    (tmp_path / "away.mp4").rename(folders["predictions"] / "zebra.mp4")
    scored_clips.clear()
    calls = []
    resumed = evaluate(
        **folders, journal=tmp_path / "journal", workers=1, progress=lambda *counts: calls.append(counts)
    )
    assert scored_clips == ["zebra"]
    assert calls[0] == (5, 9) and calls[-1] == (9, 9)
    assert resumed.document() == evaluate(**folders, workers=1).document()


def test_what_changed_since_is_scored_again(folders, tmp_path, scored_clips):
    evaluate(**folders, journal=tmp_path / "journal", workers=1)
    write_maps(folders["predictions"] / "clip 2.mp4", 99, 3)
    scored_clips.clear()
    evaluate(**folders, journal=tmp_path / "journal", workers=1)
    assert scored_clips == ["clip 2"]
    scored_clips.clear()
    evaluate(**folders, journal=tmp_path / "journal", workers=1, mode="crowdsal")
    assert scored_clips == ["clip", "clip 2", "zebra"]


@pytest.mark.long
def test_a_killed_command_goes_on_where_it_was(folders, tmp_path):
    expected = evaluate(**folders).document()
    whole = tmp_path / "results.json.finished"
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED_AFTER_ONE, "evaluate", *arguments(folders, "--workers", "1")],
        stderr=subprocess.DEVNULL,
    )
    assert killed.wait(timeout=120) == -signal.SIGKILL
    assert len(whole.read_text().splitlines()) == 1
    assert not (tmp_path / "results.json").exists()
    assert run(folders).exit_code == 0
    assert document(folders) == expected
    assert not whole.exists()


# The command, killed as soon as its first clip is in the journal.
KILLED_AFTER_ONE = """
import os, signal, sys
from processing.cli import main
from processing.scoring import journal

add = journal.Journal.add

def add_and_die(self, key, scores):
    add(self, key, scores)
    os.kill(os.getpid(), signal.SIGKILL)

journal.Journal.add = add_and_die
sys.argv = ["cursal", *sys.argv[1:]]
main()
"""


def test_curves_are_a_file_a_clip_with_a_line_a_frame(folders, tmp_path):
    done = run(folders, "--curves", str(tmp_path / "curves"), "--mode", "corrected")
    assert done.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "curves").iterdir()) == [
        "clip 2.csv",
        "clip.csv",
        "zebra.csv",
    ]
    with (tmp_path / "curves" / "zebra.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["frame"] for row in rows] == ["0", "1", "2", "3"]
    for metric in MODES["corrected"].metrics:
        mean = np.mean([float(row[metric]) for row in rows])
        assert mean == pytest.approx(document(folders)["videos"]["zebra"][metric])


def test_finished_clips_are_kept_while_one_is_still_missing(folders, tmp_path):
    (folders["predictions"] / "clip.mp4").rename(tmp_path / "away.mp4")
    assert run(folders).exit_code == 3
    assert len((tmp_path / "results.json.finished").read_text().splitlines()) == 2
    (tmp_path / "away.mp4").rename(folders["predictions"] / "clip.mp4")
    assert run(folders).exit_code == 0
    assert not (tmp_path / "results.json.finished").exists()
