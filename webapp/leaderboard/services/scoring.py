"""A claimed evaluation becomes scores. Only workers import this file: it loads the codecs."""

from pathlib import Path

from collector import blobs, work
from processing.errors import BadInput
from processing.evaluate import Results, evaluate
from processing.video import probe
from webapp.datasets.attempts import PacedProgress, attempt
from webapp.datasets.models import Build
from webapp.leaderboard import archive, selectors
from webapp.leaderboard.models import METRICS, Evaluation


def evaluation_make(evaluation_id: int) -> None:
    """Score a waiting evaluation; nothing happens when it is done, cancelled, or in somebody's hands.

    Truth is taken from the release's builds, so the scorer needs neither the videos nor the archives. The scorer runs
    in this process: a Celery worker's process is a daemon, and a daemon may not have children.
    """
    evaluation = work.claim(Evaluation, evaluation_id)
    if evaluation is None:
        return
    submission = evaluation.submission
    with attempt(evaluation) as trying:
        folder = trying.folder
        clips = selectors.clips_of(submission.release, submission.subset)
        predictions, truth = folder / "predictions", folder / "truth"
        _unpack_predictions(submission.predictions_sha256, list(clips), predictions, folder)
        _refuse_other_lengths(predictions, clips)
        _fetch_truth(clips, truth)
        results = evaluate(
            predictions=predictions,
            truth=truth,
            fixations=truth,
            names=list(clips),
            mode=evaluation.mode,
            progress=PacedProgress(evaluation),
        )
        _finish(evaluation, results)


def _unpack_predictions(sha256: str, names: list[str], predictions: Path, folder: Path) -> None:
    predictions.mkdir()
    with archive.opened(blobs.fetch("products", sha256, folder / "predictions.zip")) as opened:
        faults = archive.faults(opened, names)
        if faults:
            raise archive.SubmissionRefused(faults)
        archive.unpack(opened, names, predictions)


def _refuse_other_lengths(predictions: Path, clips: dict[str, Build]) -> None:
    """Every clip is looked at before the first is scored: a short one is told in seconds, not after an hour."""
    faults = []
    for name, build in clips.items():
        frames, wanted = probe(predictions / f"{name}.mp4").frames, build.report["frames"]
        if frames != wanted:
            faults.append(f"{name}.mp4 has {frames} frames, the clip has {wanted}")
    if faults:
        raise archive.SubmissionRefused(faults)


def _fetch_truth(clips: dict[str, Build], truth: Path) -> None:
    truth.mkdir()
    for name, build in clips.items():
        blobs.fetch("products", build.saliency_sha256, truth / f"{name}.mp4")
        blobs.fetch("products", build.fixations_sha256, truth / f"{name}.json")


def _finish(evaluation: Evaluation, results: Results) -> None:
    document = results.document()
    if results.mean is None:
        work.write(evaluation, results=document)
        reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(results.failed.items()))
        raise BadInput(f"{len(results.failed)} clips could not be scored, so there is no mean: {reasons}")
    scores = {metric: results.mean[metric] for metric in METRICS}
    work.complete(evaluation, results=document, **scores)
