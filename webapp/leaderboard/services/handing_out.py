"""A claimed evaluation is checked, taken apart, and handed out clip by clip. Only workers import this file."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from django.db import transaction

from collector import blobs, work
from collector.attempts import PacedProgress, attempt
from collector.work import OPEN_STATES, OVER_STATES, WorkState
from processing.errors import BadInput
from processing.scoring import MODES
from processing.validation import archive
from processing.validation.report import Refused
from processing.validation.submission import Expected, check_submission
from webapp.datasets.models import Build
from webapp.leaderboard import selectors
from webapp.leaderboard.models import ClipScore, Evaluation
from webapp.leaderboard.services.elsewhere import elsewhere_store
from webapp.leaderboard.validating import expected_of


def evaluation_hand_out(evaluation_id: int) -> list[ClipScore]:
    """Make the clips of a waiting evaluation rows that wait, and return these.

    Nothing happens when it is done, cancelled, handed out, or in somebody's hands. Every clip is looked at before the
    first is scored: a short one is told in minutes, not after a day. Predictions are stored clip by clip, so that no
    task fetches more than its own; a clip that is done stays so when the evaluation is tried again.
    """
    evaluation = work.claim(Evaluation, evaluation_id)
    if evaluation is None:
        return []
    with attempt(evaluation) as trying:
        items = selectors.items_of(evaluation.submission.release, evaluation.submission.subset)
        if not items:
            raise BadInput(
                f"{evaluation.submission.release} has no clip in this part: there is nothing to score"
            )
        clips = {name: item.build for name, item in items.items()}
        stored = {part.item.name: part for part in evaluation.clip_scores.select_related("item")}
        predictions: Mapping[str, str] = {}
        if set(stored) != set(items) or not _all_kept(stored.values()):
            predictions = _store_predictions(evaluation, clips, trying.folder)
        baseline = ""
        if MODES[evaluation.mode].needs_baseline:
            baseline = elsewhere_store(evaluation, clips, trying.folder)
        with transaction.atomic():
            ClipScore.objects.bulk_create(
                ClipScore(evaluation=evaluation, item=item, prediction_sha256=predictions[name])
                for name, item in items.items()
                if name not in stored
            )
            parts = evaluation.parts()
            done = parts.filter(state__in=OVER_STATES).count()
            work.hand_out(evaluation, baseline_sha256=baseline, progress_done=done, progress_total=len(items))
            return list(parts.filter(state=WorkState.WAITING).select_related("item").order_by("pk"))
    return []


def _all_kept(parts: Iterable[ClipScore]) -> bool:
    """Whether the predictions of all clips that are still to be scored are in the store."""
    return all(
        blobs.exists("products", part.prediction_sha256) for part in parts if part.state in OPEN_STATES
    )


def _store_predictions(evaluation: Evaluation, clips: Mapping[str, Build], folder: Path) -> dict[str, str]:
    """Name → checksum of each clip's prediction. Raises Refused for what cannot be scored, every fault at once."""
    packed = blobs.fetch("products", evaluation.submission.predictions_sha256, folder / "predictions.zip")
    expected = {name: Expected(**sizes) for name, sizes in expected_of(clips).items()}
    report = check_submission(packed, expected, evaluation.mode)
    if not report.good:
        raise Refused(str(fault) for fault in report.faults)
    still_mine = PacedProgress(evaluation)
    checksums = {}
    with archive.opened(packed) as opened:
        for name in clips:
            target = folder / f"{name}.mp4"
            archive.unpack_one(opened, target.name, target)
            checksums[name] = blobs.store("products", target).sha256
            target.unlink()
            still_mine(0, len(clips))
    return checksums
