"""Predictions are handed in."""

from pathlib import Path
from typing import Any

from django.db import transaction

from collector import blobs
from collector.work import WorkState
from processing.errors import BadInput
from webapp.datasets.models import Release
from webapp.leaderboard import selectors, validating
from webapp.leaderboard.models import Evaluation, Submission


def submission_add(
    *,
    release: Release,
    name: str,
    predictions: Path,
    subset: str = Submission.Subset.PUBLIC_TEST,
    kind: str = Submission.Kind.TEAM,
    submitted_by: Any = None,
) -> Submission:
    """Check a zip of NAME.mp4 files, keep it, and ask for its evaluation.

    Raises BadInput when the release is not finished, and Refused with the list of everything wrong with the zip:
    names, links, what is no video, numbers of frames, sizes.
    """
    if release.state != WorkState.DONE:
        raise BadInput(f"{release} is not finished yet: hand predictions in once it is")
    clips = selectors.clips_of(release, subset)
    validating.refuse_unfit(predictions, clips, Evaluation.Mode.CORRECTED)
    blob = blobs.store("products", predictions)
    return submission_record(
        release=release, name=name, subset=subset, kind=kind, submitted_by=submitted_by, blob=blob
    )


@transaction.atomic
def submission_record(
    *,
    release: Release,
    name: str,
    subset: str,
    kind: str,
    blob: blobs.Blob,
    submitted_by: Any = None,
) -> Submission:
    """Write down a stored zip of predictions, with an evaluation that waits."""
    submission = Submission.objects.create(
        release=release,
        subset=subset,
        name=name,
        kind=kind,
        submitted_by=submitted_by,
        predictions_sha256=blob.sha256,
        predictions_bytes=blob.bytes,
    )
    Evaluation.objects.create(submission=submission)
    return submission


def evaluation_request(*, submission: Submission, mode: str = Evaluation.Mode.CORRECTED) -> Evaluation:
    """Ask for an evaluation; the same mode gives the same row, tried again if it had failed."""
    evaluation, created = Evaluation.objects.get_or_create(submission=submission, mode=mode)
    if not created:
        evaluation.retry()
    return evaluation
