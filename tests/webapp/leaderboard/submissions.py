"""Predictions for the clips of a scene, handed in and scored as the site does it."""

import zipfile

import numpy as np

from collector import blobs
from processing.video import MapWriter
from webapp.leaderboard import selectors
from webapp.leaderboard.models import Submission
from webapp.leaderboard.services import submission_record
from webapp.leaderboard.services.gathering import evaluation_gather
from webapp.leaderboard.services.handing_out import evaluation_hand_out
from webapp.leaderboard.services.scoring import clip_score_make

PUBLIC = Submission.Subset.PUBLIC_TEST


def zip_of(folder, make, release, subset=PUBLIC):
    """A zip with whatever `make(build, path)` writes for each clip of the subset."""
    with zipfile.ZipFile(folder / "predictions.zip", "w") as target:
        for name, build in selectors.clips_of(release, subset).items():
            make(build, folder / f"{name}.mp4")
            target.write(folder / f"{name}.mp4", f"{name}.mp4")
    return folder / "predictions.zip"


def truth_itself(build, path):
    blobs.fetch("products", build.saliency_sha256, path)


def ramp(build, path, frames=None):
    facts = build.rendition
    with MapWriter(path, width=facts.width, height=facts.height, fps=facts.fps, encoding="exact") as writer:
        for _ in range(frames or facts.frames):
            columns = np.linspace(0, 1023, facts.width).astype(np.uint16)
            writer.write(np.tile(columns, (facts.height, 1)))


def stored(release, predictions, name="unseen", subset=PUBLIC, kind="team"):
    """A submission that nobody looked at before it was stored, as baseline runs hand theirs in."""
    blob = blobs.store("products", predictions)
    return submission_record(release=release, name=name, subset=subset, kind=kind, blob=blob)


def run(evaluation):
    """What the workers do for an evaluation until there is nothing left to do."""
    for part in evaluation_hand_out(evaluation.pk):
        clip_score_make(part.pk)
    evaluation_gather(evaluation.pk)
    evaluation.refresh_from_db()
    return evaluation


def scored(submission):
    """The submission's only evaluation, after its workers had their turn."""
    return run(submission.evaluations.get())
