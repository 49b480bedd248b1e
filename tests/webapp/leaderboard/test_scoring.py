import zipfile

import pytest

from collector import work
from collector.work import WorkState
from processing.errors import BadInput
from processing.validation.report import Refused
from processing.video import probe
from tests.webapp.leaderboard.submissions import PUBLIC, ramp, run, scored, stored, truth_itself, zip_of
from webapp.datasets.models import Build
from webapp.leaderboard import selectors, validating
from webapp.leaderboard.models import Evaluation, Submission
from webapp.leaderboard.services import evaluation_request, submission_add


def test_the_truth_itself_scores_best_and_leads_the_board(release, tmp_path):
    perfect = scored(
        submission_add(release=release, name="perfect", predictions=zip_of(tmp_path, truth_itself, release))
    )
    poor = scored(stored(release, zip_of(tmp_path, ramp, release), "ramp"))
    assert perfect.state == poor.state == WorkState.DONE
    assert perfect.cc == pytest.approx(1, abs=1e-4)
    assert perfect.sim == pytest.approx(1, abs=1e-3)
    assert perfect.results["mean"]["cc"] == perfect.cc
    board = selectors.board(release)
    assert [(row.submission.name, row.place) for row in board] == [("perfect", 1), ("ramp", 2)]


def test_the_private_part_is_scored_against_its_own_truth(release, tmp_path):
    subset = Submission.Subset.PRIVATE_TEST
    evaluation = scored(stored(release, zip_of(tmp_path, truth_itself, release, subset), subset=subset))
    assert set(evaluation.results["videos"]) == set(selectors.clips_of(release, subset))
    assert selectors.board(release) == []
    assert len(selectors.board(release, subset=subset)) == 1


def test_the_newest_of_a_name_stands_and_unscored_ones_follow(release, tmp_path):
    old = scored(stored(release, zip_of(tmp_path, ramp, release), "team"))
    predictions = zip_of(tmp_path, truth_itself, release)
    new = scored(stored(release, predictions, "team"))
    stored(release, predictions, "team")
    board = selectors.board(release)
    assert [row.evaluation.pk for row in board][:1] == [new.pk]
    assert old.pk not in [row.evaluation.pk for row in board]
    assert [row.place for row in board] == [1, None]


def test_baselines_are_marked_and_unranked(release, tmp_path):
    scored(stored(release, zip_of(tmp_path, truth_itself, release), "b", kind="baseline"))
    scored(stored(release, zip_of(tmp_path, ramp, release), "t"))
    assert [(row.submission.name, row.place, row.baseline) for row in selectors.board(release)] == [
        ("t", 1, False),
        ("b", None, True),
    ]


def test_scoring_twice_gives_the_same_row(release, tmp_path):
    submission = stored(release, zip_of(tmp_path, ramp, release))
    first = scored(submission)
    assert evaluation_request(submission=submission) == first
    assert scored(submission).finished_at == first.finished_at


def test_a_scorer_that_died_is_followed_by_another(release, tmp_path):
    submission = stored(release, zip_of(tmp_path, ramp, release))
    work.claim(Evaluation, submission.evaluations.get().pk, lease_s=-1)
    assert scored(submission).state == WorkState.DONE


def test_predictions_of_another_length_are_refused_with_both_numbers_before_anything_is_stored(
    release, tmp_path
):
    predictions = zip_of(tmp_path, lambda build, path: ramp(build, path, frames=7), release)
    with pytest.raises(Refused, match="has 7 frames, the clip has 20") as refused:
        submission_add(release=release, name="short", predictions=predictions)
    assert len(refused.value.faults) == len(selectors.clips_of(release, PUBLIC))
    assert not Submission.objects.exists()


def test_the_scorer_looks_before_it_begins_too(release, tmp_path):
    predictions = zip_of(tmp_path, lambda build, path: ramp(build, path, frames=7), release)
    evaluation = scored(stored(release, predictions))
    assert (evaluation.state, evaluation.cc) == (WorkState.FAILED, None)
    assert "has 7 frames, the clip has 20" in evaluation.last_error


def test_a_prediction_that_is_no_video_is_refused_and_fails_with_the_reason(release, tmp_path):
    predictions = zip_of(tmp_path, lambda build, path: path.write_bytes(b"text"), release)
    with pytest.raises(Refused, match="not a video"):
        submission_add(release=release, name="text", predictions=predictions)
    evaluation = scored(stored(release, predictions))
    assert evaluation.state == WorkState.FAILED
    assert "not a video" in evaluation.last_error


def test_a_zip_that_takes_too_long_to_look_at_is_taken(release, tmp_path, monkeypatch):
    monkeypatch.setattr(validating, "LIMIT_S", 0)
    predictions = zip_of(tmp_path, lambda build, path: ramp(build, path, frames=7), release)
    submission = submission_add(release=release, name="slow", predictions=predictions)
    assert scored(submission).state == WorkState.FAILED


def test_each_mode_has_a_board_of_its_own(release, tmp_path):
    submission = stored(release, zip_of(tmp_path, ramp, release))
    assert scored(submission).mode == "corrected"
    for mode in ("compatible", "crowdsal"):
        assert selectors.board(release, mode=mode) == []
        evaluation = evaluation_request(submission=submission, mode=mode)
        run(evaluation)
        assert evaluation.state == WorkState.DONE and evaluation.results["mode"] == mode
        assert [row.evaluation for row in selectors.board(release, mode=mode)] == [evaluation]
    assert selectors.modes_of(release, PUBLIC) == ["compatible", "corrected", "crowdsal"]
    assert len(selectors.board(release)) == 1


def test_a_zip_with_other_names_is_refused_before_anything_is_stored(release, tmp_path):
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("other.mp4", b"x")
    with pytest.raises(Refused) as refused:
        submission_add(release=release, name="t", predictions=path)
    assert len(refused.value.faults) == 2
    assert not Submission.objects.exists()


def test_an_unfinished_release_takes_no_submissions(release, tmp_path):
    type(release).objects.filter(pk=release.pk).update(state=WorkState.RUNNING)
    release.refresh_from_db()
    with pytest.raises(BadInput, match="not finished"):
        submission_add(release=release, name="t", predictions=zip_of(tmp_path, ramp, release))


def test_the_maps_of_a_release_have_the_frames_that_the_scorer_expects(release, tmp_path):
    for name, build in selectors.clips_of(release, PUBLIC).items():
        truth_itself(build, tmp_path / "map.mp4")
        assert probe(tmp_path / "map.mp4").frames == Build.objects.get(pk=build.pk).report["frames"], name
