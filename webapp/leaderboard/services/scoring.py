"""A claimed evaluation becomes scores. Only workers import this file: it loads the codecs."""

from collections.abc import Mapping
from pathlib import Path

from collector import blobs, work
from processing.errors import BadInput
from processing.evaluate import Results, evaluate
from processing.scoring.limits import bounded_memory
from processing.validation import archive
from processing.validation.report import Refused
from processing.validation.submission import Expected, check_submission
from webapp.datasets.attempts import PacedProgress, attempt
from webapp.datasets.models import Build
from webapp.leaderboard import selectors
from webapp.leaderboard.models import METRICS, Evaluation
from webapp.leaderboard.validating import expected_of


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
        _unpack_predictions(submission.predictions_sha256, clips, evaluation.mode, predictions, folder)
        _fetch_truth(clips, truth)
        with bounded_memory():
            results = evaluate(
                predictions=predictions,
                truth=truth,
                fixations=truth,
                names=list(clips),
                mode=evaluation.mode,
                progress=PacedProgress(evaluation),
            )
        _finish(evaluation, results)


def _unpack_predictions(
    sha256: str, clips: Mapping[str, Build], mode: str, predictions: Path, folder: Path
) -> None:
    """Every clip is looked at before the first is scored: a short one is told in seconds, not after an hour."""
    packed = blobs.fetch("products", sha256, folder / "predictions.zip")
    expected = {name: Expected(**sizes) for name, sizes in expected_of(clips).items()}
    report = check_submission(packed, expected, mode)
    if not report.good:
        raise Refused(str(fault) for fault in report.faults)
    predictions.mkdir()
    with archive.opened(packed) as opened:
        archive.unpack(opened, list(clips), predictions)


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
