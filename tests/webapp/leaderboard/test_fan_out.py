"""One task a clip: whatever dies, is told twice or is never told, the scores are those of `cursal evaluate`."""

import datetime as dt
import itertools
import json

import pytest
from django.utils import timezone

from collector import blobs, work
from collector.work import WorkState
from processing.evaluate import evaluate
from processing.validation.archive import opened, unpack
from tests.webapp.leaderboard.part import two_clips, write_map
from tests.webapp.leaderboard.submissions import PUBLIC, run, scored, stored, zip_of
from webapp.leaderboard import selectors, tasks
from webapp.leaderboard.models import ClipScore, Evaluation
from webapp.leaderboard.services import evaluation_request, handing_out, scoring
from webapp.leaderboard.services.gathering import evaluation_gather
from webapp.leaderboard.services.handing_out import evaluation_hand_out
from webapp.leaderboard.services.scoring import clip_score_make
from webapp.plans.tasks import sweep


@pytest.fixture
def queue(monkeypatch):
    """The broker's place: what was enqueued, as (name of the task, id)."""
    told = []
    monkeypatch.setattr("collector.work.enqueue", lambda name, pk, *, queue: told.append((name, pk)))
    return told


@pytest.fixture
def release(transactional_db, tmp_path):
    """The lease thread needs rows that are committed, hence a real transaction."""
    return two_clips(tmp_path)


@pytest.fixture
def predictions(release, tmp_path):
    seeds = itertools.count(10)
    return zip_of(tmp_path, lambda build, path: write_map(path, next(seeds)), release)


@pytest.fixture
def submission(release, predictions):
    return stored(release, predictions)


@pytest.fixture
def evaluation(submission):
    return submission.evaluations.get()


def fresh(row):
    row.refresh_from_db()
    return row


def by_hand(release, predictions, folder, mode):
    """The document of `cursal evaluate` on the same files."""
    for place in ("mine", "truth"):
        (folder / place).mkdir()
    clips = selectors.clips_of(release, PUBLIC)
    with opened(predictions) as packed:
        unpack(packed, list(clips), folder / "mine")
    for name, build in clips.items():
        blobs.fetch("products", build.saliency_sha256, folder / "truth" / f"{name}.mp4")
        blobs.fetch("products", build.fixations_sha256, folder / "truth" / f"{name}.json")
    truth = folder / "truth"
    return evaluate(predictions=folder / "mine", truth=truth, fixations=truth, mode=mode).document()


@pytest.mark.parametrize("mode", Evaluation.Mode.values)
def test_the_results_are_the_document_of_cursal_evaluate(release, submission, predictions, tmp_path, mode):
    evaluation = run(evaluation_request(submission=submission, mode=mode))
    assert evaluation.results == by_hand(release, predictions, tmp_path, mode)
    assert evaluation.scores == {
        metric: evaluation.results["mean"][metric] for metric in ("auc_judd", "cc", "sim", "nss")
    }
    assert not any(part.curves for part in evaluation.parts()), "the document has all that counts"


def test_the_queue_is_told_of_every_clip_and_the_last_one_concludes(evaluation, queue):
    tasks.evaluation_run(evaluation.pk)
    first, second = evaluation.parts().order_by("pk")
    assert queue == [(ClipScore.task, first.pk), (ClipScore.task, second.pk)]
    assert (fresh(evaluation).state, evaluation.progress_done, evaluation.progress_total) == ("running", 0, 2)
    tasks.clip_score_run(second.pk)
    assert (fresh(evaluation).state, evaluation.progress_share) == (WorkState.RUNNING, 0.5)
    tasks.clip_score_run(first.pk)
    assert (fresh(evaluation).state, evaluation.progress_share) == (WorkState.DONE, 1.0)


def test_tasks_that_run_twice_change_nothing(evaluation, queue):
    for _ in range(2):
        tasks.evaluation_run(evaluation.pk)
        for part in evaluation.parts():
            tasks.clip_score_run(part.pk)
    assert len(queue) == evaluation.parts().count() == 2
    assert (fresh(evaluation).state, evaluation.attempt) == (WorkState.DONE, 1)
    assert {part.attempt for part in evaluation.parts()} == {1}


def test_the_sweep_alone_brings_an_evaluation_to_its_end(evaluation, queue):
    doors = {task.name: task for task in (tasks.evaluation_run, tasks.clip_score_run)}
    sweep()
    while queue:
        name, pk = queue.pop(0)
        doors[name](pk)
        sweep()
    assert fresh(evaluation).state == WorkState.DONE


def test_a_killed_worker_costs_its_own_clip_and_what_it_writes_late_is_dropped(evaluation, monkeypatch):
    first, second = evaluation_hand_out(evaluation.pk)
    clip_score_make(second.pk)
    done_at = fresh(second).finished_at
    score = scoring.score_clip

    def taken_over_meanwhile(*arguments, **named):
        found = score(*arguments, **named)
        lapsed = timezone.now() - dt.timedelta(seconds=1)
        ClipScore.objects.filter(pk=first.pk).update(lease_until=lapsed)
        assert work.claim(ClipScore, first.pk).attempt == 2
        return found

    with monkeypatch.context() as patched:
        patched.setattr(scoring, "score_clip", taken_over_meanwhile)
        clip_score_make(first.pk)
    evaluation_gather(evaluation.pk)
    assert (fresh(first).state, first.curves) == (WorkState.RUNNING, {})
    assert fresh(evaluation).state == WorkState.RUNNING
    ClipScore.objects.filter(pk=first.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    assert list(ClipScore.due()) == [first]
    run_again = ClipScore.objects.get(pk=first.pk)
    clip_score_make(run_again.pk)
    evaluation_gather(evaluation.pk)
    assert fresh(evaluation).state == WorkState.DONE
    assert (fresh(first).attempt, fresh(second).attempt, second.finished_at) == (3, 1, done_at)


def test_a_clip_whose_workers_keep_dying_fails_alone(evaluation, queue):
    first, second = evaluation_hand_out(evaluation.pk)
    for _ in range(work.MAX_ATTEMPTS):
        assert work.claim(ClipScore, first.pk, lease_s=-1)
    tasks.clip_score_run(second.pk)
    tasks.clip_score_run(first.pk)
    assert (fresh(first).state, fresh(second).state) == (WorkState.FAILED, WorkState.DONE)
    assert (fresh(evaluation).state, evaluation.results["mean"]) == (WorkState.FAILED, None)
    assert "died 3 times" in evaluation.results["failed"][first.item.name]


def test_who_dies_between_the_last_clip_and_the_mean_is_followed_by_the_sweep(evaluation, queue):
    for part in evaluation_hand_out(evaluation.pk):
        assert not Evaluation.due().exists()
        clip_score_make(part.pk)
    assert list(Evaluation.due()) == [evaluation]
    sweep()
    assert queue == [(Evaluation.task, evaluation.pk)]
    tasks.evaluation_run(evaluation.pk)
    assert fresh(evaluation).state == WorkState.DONE


def test_who_dies_while_taking_a_submission_apart_is_followed_by_another(evaluation, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(handing_out.work, "hand_out", killed)
        evaluation_hand_out(evaluation.pk)
    assert (fresh(evaluation).state, evaluation.parts().count()) == (WorkState.RUNNING, 0)
    Evaluation.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    assert (run(evaluation).state, evaluation.attempt) == (WorkState.DONE, 2)


def point_outside(build, folder):
    """The checksum of the build's fixations with one point past the edge of the picture."""
    points = json.loads(blobs.open_blob("products", build.fixations_sha256).read())
    points[3][0] = [10_000, 10_000]
    (folder / "outside.json").write_text(json.dumps(points))
    return blobs.store("products", folder / "outside.json").sha256


def test_one_bad_clip_fails_with_its_reason_and_the_rest_goes_on(release, submission, predictions, tmp_path):
    mode = Evaluation.Mode.COMPATIBLE
    bad, good = sorted(selectors.clips_of(release, PUBLIC))
    build = selectors.clips_of(release, PUBLIC)[bad]
    sound = build.fixations_sha256
    build.fixations_sha256 = point_outside(build, tmp_path)
    build.save()
    evaluation = run(evaluation_request(submission=submission, mode=mode))
    assert (evaluation.state, evaluation.cc) == (WorkState.FAILED, None)
    assert evaluation.results == by_hand(release, predictions, tmp_path, mode)
    assert evaluation.results["mean"] is None and list(evaluation.results["videos"]) == [good]
    assert (
        f"1 clips could not be scored, so there is no mean: {bad}: fixations: frame 3"
        in evaluation.last_error
    )
    done_at = evaluation.parts().get(item__name=good).finished_at

    build.fixations_sha256 = sound
    build.save()
    assert evaluation.retry()
    assert {part.item.name: part.state for part in evaluation.parts()} == {bad: "waiting", good: "done"}
    assert run(evaluation).state == WorkState.DONE
    assert evaluation.last_error == ""
    assert evaluation.parts().get(item__name=good).finished_at == done_at, "what was scored stays scored"


def test_cancelling_stops_the_clips_too_and_trying_again_goes_on_with_the_rest(evaluation):
    first, second = evaluation_hand_out(evaluation.pk)
    clip_score_make(first.pk)
    mine = work.claim(ClipScore, second.pk)
    assert work.cancel(evaluation)
    with pytest.raises(work.LeaseLost):
        work.progress(mine, 1, 2)
    evaluation_gather(evaluation.pk)
    assert (fresh(evaluation).state, fresh(first).state, fresh(second).state) == (
        "cancelled",
        "done",
        "cancelled",
    )
    clip_score_make(second.pk)
    assert fresh(second).state == WorkState.CANCELLED
    assert evaluation.retry()
    assert [part.pk for part in evaluation_hand_out(evaluation.pk)] == [second.pk]
    assert (fresh(evaluation).progress_done, evaluation.progress_total) == (1, 2)
    clip_score_make(second.pk)
    evaluation_gather(evaluation.pk)
    assert fresh(evaluation).state == WorkState.DONE
    assert fresh(first).attempt == 1


def test_an_evaluation_cancelled_while_it_is_taken_apart_leaves_no_clips(evaluation, monkeypatch):
    check = handing_out.check_submission

    def cancelled_meanwhile(*arguments):
        assert work.cancel(evaluation)
        return check(*arguments)

    monkeypatch.setattr(handing_out, "check_submission", cancelled_meanwhile)
    assert evaluation_hand_out(evaluation.pk) == []
    assert (fresh(evaluation).state, evaluation.parts().count()) == (WorkState.CANCELLED, 0)


def test_a_submission_is_taken_apart_once_unless_a_prediction_got_lost(evaluation, monkeypatch):
    looked = []
    check = handing_out.check_submission
    monkeypatch.setattr(handing_out, "check_submission", lambda *a: looked.append(a) or check(*a))

    def hand_out_again():
        assert work.cancel(evaluation)
        assert evaluation.retry()
        return evaluation_hand_out(evaluation.pk)

    evaluation_hand_out(evaluation.pk)
    part, _ = hand_out_again()
    assert len(looked) == 1
    blobs.storages["products"].delete(blobs.key(part.prediction_sha256))
    hand_out_again()
    assert len(looked) == 2
    clip_score_make(part.pk)
    assert fresh(part).state == WorkState.DONE


def test_where_others_look_is_stored_once_for_all_submissions_of_a_part(release, submission, predictions):
    first = scored(submission)
    for build in selectors.clips_of(release, PUBLIC).values():
        blobs.storages["products"].delete(blobs.key(build.fixations_sha256))
    second = stored(release, predictions).evaluations.get()
    assert evaluation_hand_out(second.pk)
    assert fresh(second).baseline_sha256 == first.baseline_sha256 != ""


def test_a_clip_is_scored_without_the_rest_of_its_submission(evaluation):
    first, second = evaluation_hand_out(evaluation.pk)
    for sha256 in (evaluation.submission.predictions_sha256, first.prediction_sha256):
        blobs.storages["products"].delete(blobs.key(sha256))
    clip_score_make(second.pk)
    assert fresh(second).state == WorkState.DONE


def test_a_part_without_clips_is_refused_with_words(release, evaluation):
    release.items.all().delete()
    assert evaluation_hand_out(evaluation.pk) == []
    assert fresh(evaluation).state == WorkState.FAILED
    assert "has no clip in this part" in evaluation.last_error
