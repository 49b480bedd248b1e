"""How well people predict people: what a baseline is held against besides the centre prior.

Public fixation files do not tell observers apart, so references come from two places. Tracks with observers give all
of them. A release of ours says in provenance.json how well the observers of each clip agreed (CC of halves, and the
ceiling); releases of others say nothing, and then nothing is made up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import fmean
from typing import Any

import numpy as np

from processing.coarse import CoarseGrid, Floats, Maps, ObserverMaps, Positions, areas, standardised
from processing.consistency.agreement import random_groups
from processing.consistency.growth import ceiling
from processing.consistency.study import FEWEST_OBSERVERS, positions_under
from processing.errors import BadInput
from processing.layouts import Dataset, read_json
from processing.recipe import Recipe
from processing.recordings import Recordings
from training.parts import names_in

REPEATS = 10
_MOST_INSTANTS = 100


@dataclass(frozen=True)
class Scores:
    """Means over instants and pairs of groups; NaN where that could not be found."""

    cc: float = math.nan
    sim: float = math.nan
    nss: float = math.nan
    auc: float = math.nan

    def document(self) -> dict[str, float | None]:
        return {name: None if math.isnan(value) else round(value, 4) for name, value in vars(self).items()}


@dataclass(frozen=True)
class References:
    """One clip's.

    ceiling_cc: the CC of a perfect model with the map of all observers. reason: why nothing is known, else empty.
    """

    name: str
    observers: int | None
    split_half: Scores = Scores()
    leave_one_out: Scores = Scores()
    ceiling_cc: float = math.nan
    reason: str = ""

    def document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "observers": self.observers,
            "split_half": self.split_half.document(),
            "leave_one_out": self.leave_one_out.document(),
            "ceiling": Scores(cc=self.ceiling_cc).document(),
            "reason": self.reason or None,
        }


def of_recordings(clip: Recordings, recipe: Recipe, *, repeats: int = REPEATS, seed: int = 0) -> References:
    """References of a clip whose observers are known.

    Split-half: the maps of two random halves against each other, each at the other's points, `repeats` times.
    Leave-one-out: the map of all others against that of each one, at the one's points. On cells about one sigma
    wide, as `cursal consistency` has them. The ceiling is sqrt(2r / (1 + r)) of the halves' CC r; no such law is
    known for the other measures, so they have none.
    Raises BadInput for fewer than four observers.
    """
    positions = positions_under(
        clip.hands, recipe, duration_s=Fraction(clip.duration_s), width=clip.width, height=clip.height
    )
    count = len(positions.observers)
    if count < FEWEST_OBSERVERS:
        raise BadInput(
            f"{clip.name}: {count} observers are too few to be divided; record {FEWEST_OBSERVERS} or more"
        )
    positions = positions.at(slice(None, None, -(-positions.x_px.shape[1] // _MOST_INSTANTS)))
    crowd = _Crowd.of(positions, (clip.width, clip.height), recipe.sigma_for(clip.width, clip.height))
    halves = random_groups(np.ones(count), [count // 2], repeats, np.random.default_rng(seed))
    split_half = _mean(
        scores
        for one, other in zip(halves.one, halves.other, strict=True)
        for scores in (crowd.scores(one, other), crowd.scores(other, one))
    )
    alone = np.eye(count)
    return References(
        name=clip.name,
        observers=count,
        split_half=split_half,
        leave_one_out=_mean(crowd.scores(1 - one, one) for one in alone),
        ceiling_cc=ceiling(split_half.cc),
    )


def of_release(dataset: Dataset, part: str) -> list[References]:
    """What a release says of the clips of a part, which is CC alone; with the reason where it says nothing.

    Raises BadInput for a part without clips.
    """
    names = names_in(dataset, part)
    said = _consistency(dataset)
    return [_stated(name, said.get(name)) for name in names]


def released_agreement(dataset: Dataset) -> dict[str, float]:
    """CC between halves of a clip's observers, by clip, of those of which the release says it."""
    stated = {name: _stated(name, document) for name, document in _consistency(dataset).items()}
    return {name: each.split_half.cc for name, each in stated.items() if not math.isnan(each.split_half.cc)}


def table(clips: Sequence[References]) -> dict[str, Any]:
    """JSON-able: every clip, and the mean over those that have a value, in which clips weigh alike."""
    return {
        "clips": [clip.document() for clip in clips],
        "mean": {
            "split_half": _mean(clip.split_half for clip in clips).document(),
            "leave_one_out": _mean(clip.leave_one_out for clip in clips).document(),
            "ceiling": _mean(Scores(cc=clip.ceiling_cc) for clip in clips).document(),
        },
    }


@dataclass(frozen=True)
class _Crowd:
    """A clip's observers: Gaussians of each at every instant, and the places to read another's map at."""

    maps: ObserverMaps
    places: ObserverMaps

    @classmethod
    def of(cls, positions: Positions, size: tuple[int, int], sigma_px: float) -> _Crowd:
        grid = CoarseGrid.fitting(*size, sigma_px)
        return cls(ObserverMaps(positions, grid, sigma_px), ObserverMaps(positions, grid, None))

    def scores(self, predicting: Floats, seen: Floats) -> Scores:
        """The map of one group as a prediction of another; both are weights (N,)."""
        both = self.maps.anybody(predicting) & self.maps.anybody(seen)
        if not both.any():
            return Scores()
        prediction, truth = (self.maps.made_of(group)[both] for group in (predicting, seen))
        points = _shares(self.places.made_of(seen)[both])
        z = standardised(prediction)
        return Scores(
            cc=float((z * standardised(truth)).mean()),
            sim=float(np.minimum(_shares(prediction), _shares(truth)).sum(axis=1).mean()),
            nss=float((z * points).sum(axis=1).mean()),
            auc=float((areas(prediction) * points).sum(axis=1).mean()),
        )


def _shares(maps: Maps) -> Maps:
    # A place at the picture's very edge may lie beyond the last cell's centre, and give less than 1.
    return maps / np.maximum(maps.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)


def _mean(scores: Iterable[Scores]) -> Scores:
    given = list(scores)
    known = {
        name: [value for each in given if not math.isnan(value := getattr(each, name))]
        for name in vars(Scores())
    }
    return Scores(**{name: fmean(values) if values else math.nan for name, values in known.items()})


def _consistency(dataset: Dataset) -> dict[str, Any]:
    """Each clip's consistency as its build's report has it; empty for releases without provenance."""
    path = dataset.root / "provenance.json"
    document = read_json(path) if path.exists() else {}
    clips = document.get("clips") if isinstance(document, dict) else None
    found = {}
    for name, facts in (clips if isinstance(clips, dict) else {}).items():
        report = facts.get("report") if isinstance(facts, dict) else None
        if isinstance(report, dict) and isinstance(report.get("consistency"), dict):
            found[name] = report["consistency"]
    return found


def _stated(name: str, consistency: dict[str, Any] | None) -> References:
    if consistency is None:
        reason = (
            "the release does not say how well its observers agree, and its fixations do not tell them apart"
        )
        return References(name, None, reason=reason)
    half = _number(consistency, "split_half", "value")
    if math.isnan(half):
        return References(name, None, reason=str(consistency.get("reason", "its build could not say")))
    observers = consistency.get("observers")
    return References(
        name,
        observers if isinstance(observers, int) else None,
        split_half=Scores(cc=half),
        leave_one_out=Scores(cc=_number(consistency, "leave_one_out", "mean")),
        ceiling_cc=ceiling(half),
    )


def _number(document: dict[str, Any], section: str, key: str) -> float:
    value = document[section].get(key) if isinstance(document.get(section), dict) else None
    return float(value) if isinstance(value, int | float) else math.nan
