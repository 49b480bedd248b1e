import json
import shutil
from fractions import Fraction

import numpy as np
import pytest
from click.testing import CliRunner

from processing.errors import BadInput
from processing.evaluate import METRICS, Results, evaluate, names_of_subset
from processing.evaluate_command import evaluate_command
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


def test_broken_clips_fail_one_by_one_in_other_processes_too(folders):
    (folders["predictions"] / "clip 2.mp4").write_text("no video")
    write_points(folders["fixations"] / "zebra" / "fixations.json", 0, 0)
    failed = evaluate(**folders, workers=2).failed
    assert set(failed) == {"clip 2", "zebra"}
    assert all("\n" not in reason and "/" not in reason for reason in failed.values())


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
