"""Where people look in the clips of a part, drawn once and kept as one file for every clip that is scored.

The scorer holds a clip against the points of all others. If each task read the fixations of all, the cost of an
evaluation would grow with the square of its clips.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collector import blobs
from processing.errors import BadInput
from processing.layouts import read_fixations
from processing.scoring.baseline import Baseline, baseline_without, drawn_shares
from webapp.datasets.models import Build
from webapp.leaderboard.models import Evaluation


def elsewhere_store(evaluation: Evaluation, clips: Mapping[str, Build], folder: Path) -> str:
    """The checksum of the part's file in `products`; that of another evaluation of the part, where there is one."""
    of_the_part = Evaluation.objects.filter(
        submission__release=evaluation.submission.release, submission__subset=evaluation.submission.subset
    )
    known = of_the_part.exclude(baseline_sha256="").values_list("baseline_sha256", flat=True).first()
    if known and blobs.exists("products", known):
        return known
    shares: dict[str, NDArray[np.float64]] = {}
    for name, build in clips.items():
        fixations = blobs.fetch("products", build.fixations_sha256, folder / "fixations.json")
        try:
            points = read_fixations(fixations)
        except BadInput:  # its own turn says why
            continue
        shares[name] = drawn_shares(name, points, build.report["height"], build.report["width"])
    path = folder / "elsewhere.npz"
    names = sorted(shares)
    np.savez(
        path,
        names=np.array(names, dtype=np.str_),
        counts=np.array([len(shares[name]) for name in names], np.int64),
        shares=np.concatenate([*(shares[name] for name in names), np.empty((0, 2))]),
    )
    return blobs.store("products", path).sha256


def elsewhere_read(sha256: str, name: str, folder: Path) -> Baseline | None:
    """What the clip `name` is held against, from the part's stored file; None without one and without other clips."""
    if not sha256:
        return None
    with np.load(blobs.fetch("products", sha256, folder / "elsewhere.npz"), allow_pickle=False) as stored:
        ends = np.cumsum(stored["counts"])[:-1]
        shares = np.split(stored["shares"], ends) if len(stored["names"]) else []
        return baseline_without(name, dict(zip(stored["names"].tolist(), shares, strict=True)))
