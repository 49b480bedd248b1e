"""A claimed clip of an evaluation becomes curves. Only workers import this file: it loads the codecs."""

import itertools
import os
from pathlib import Path

from collector import blobs, work
from collector.attempts import PacedProgress, attempt
from processing.errors import BadInput
from processing.evaluate import clip_files, score_clip
from processing.scoring.limits import bounded_memory
from processing.scoring.video import ClipFiles
from webapp.leaderboard.models import ClipScore
from webapp.leaderboard.services.elsewhere import elsewhere_read


def clip_score_make(clip_score_id: int) -> None:
    """Score a waiting clip; nothing happens when it is done, cancelled, or in somebody's hands.

    Truth is taken from the release's build, so the scorer needs neither the video nor the archives. The scorer runs
    in this process: a Celery worker's process is a daemon, and a daemon may not have children.
    """
    part = work.claim(ClipScore, clip_score_id)
    if part is None:
        return
    with attempt(part) as trying:
        files = _fetched(part, trying.folder)
        baseline = elsewhere_read(part.evaluation.baseline_sha256, files.name, trying.folder)
        progress, frames = PacedProgress(part), part.item.build.report["frames"]
        ticks = itertools.count(1)
        with bounded_memory():
            found = score_clip(
                part.evaluation.mode,
                files,
                baseline=baseline,
                threads=len(os.sched_getaffinity(0)),
                frame_scored=lambda: progress(next(ticks), frames),
            )
        if isinstance(found, str):
            raise BadInput(found)
        work.complete(part, curves=dict(found.curves), warnings=list(found.warnings))


def _fetched(part: ClipScore, folder: Path) -> ClipFiles:
    """The three files of the clip, under the names that `cursal evaluate` would find them."""
    name, build = part.item.name, part.item.build
    predictions, truth = folder / "predictions", folder / "truth"
    predictions.mkdir()
    truth.mkdir()
    blobs.fetch("products", part.prediction_sha256, predictions / f"{name}.mp4")
    blobs.fetch("products", build.saliency_sha256, truth / f"{name}.mp4")
    blobs.fetch("products", build.fixations_sha256, truth / f"{name}.json")
    return clip_files(name, predictions, truth, truth)
