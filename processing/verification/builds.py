"""A build's folder held against its inputs, against its own fixations, or against another build."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processing import provenance
from processing.errors import BadInput
from processing.layouts import Points, read_fixations, read_json
from processing.pipeline import FIXATIONS, REPORT, SALIENCY, process_stimulus
from processing.recipe import Recipe
from processing.tracks import Track
from processing.verification.maps import compare_maps, compare_with_made, same_bytes
from processing.verification.verdict import Verdict
from processing.video import VideoFacts, probe

# What must be equal in two reports whatever machine wrote them.
_FINGERPRINTS = (
    "recipe_fingerprint",
    "tracks_digest",
    "frames",
    "fps",
    "width",
    "height",
    "sigma_px",
    "points",
)


@dataclass(frozen=True)
class Built:
    """A build as it lies on disk."""

    folder: Path
    report: Mapping[str, Any]
    recipe: Recipe
    points: Sequence[Points]
    facts: VideoFacts

    @classmethod
    def open(cls, folder: Path) -> "Built":
        """Raises BadInput when a file is missing or broken."""
        for name in (FIXATIONS, SALIENCY, REPORT):
            if not (folder / name).is_file():
                raise BadInput(f"{folder} holds no {name}: give the folder of a build or of a release")
        report = read_json(folder / REPORT)
        if not isinstance(report, dict) or not isinstance(report.get("recipe"), dict):
            raise BadInput(f"{folder / REPORT} is no report of a build: it names no recipe")
        recipe = Recipe.from_mapping(report["recipe"], REPORT)
        return cls(folder, report, recipe, read_fixations(folder / FIXATIONS), probe(folder / SALIENCY))

    @property
    def faults(self) -> list[str]:
        """What in the folder contradicts itself."""
        found = []
        if self.recipe.fingerprint() != self.report.get("recipe_fingerprint"):
            found.append("the recipe in report.json has another fingerprint than report.json says")
        if len(self.points) != self.facts.frames:
            found.append(f"the map has {self.facts.frames} frames, fixations.json {len(self.points)}")
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """On which other software or kind of machine it was made, as lines."""
        here = {"software": provenance.software(), "environment": provenance.environment()}
        return tuple(
            f"made with {name} {there.get(name, 'unknown')}, here it is {value}"
            for kind, own in here.items()
            if isinstance(there := self.report.get(kind), dict)
            for name, value in own.items()
            if there.get(name) != value
        )


def verify_build(folder: Path, allowed_levels: int) -> Verdict:
    """Make the maps again from the fixations that the folder holds."""
    built = Built.open(folder)
    if faults := built.faults:
        return Verdict.of_clip(faults, None, allowed_levels)
    try:
        maps = compare_with_made(
            folder / SALIENCY, built.points, built.facts, built.report.get("sigma_px"), built.recipe.encoding
        )
    except BadInput as error:
        return Verdict.of_clip([str(error)], None, allowed_levels)
    return _noted(Verdict.of_clip([], maps, allowed_levels), built)


def rebuild(folder: Path, facts: VideoFacts, tracks: Sequence[Track], allowed_levels: int) -> Verdict:
    """Make everything again from the clip's facts and the tracks, by the recipe of the report."""
    built = Built.open(folder)
    with tempfile.TemporaryDirectory() as scratch:
        again = Path(scratch, "again")
        process_stimulus(facts=facts, tracks=tracks, recipe=built.recipe, out_dir=again)
        verdict = compare_builds(folder, again, allowed_levels)
    return _noted(verdict, built)


def compare_builds(one: Path, other: Path, allowed_levels: int) -> Verdict:
    """Two builds of the same inputs, perhaps from two machines."""
    first, second = Built.open(one), Built.open(other)
    faults = [*first.faults, *second.faults]
    if not same_bytes(one / FIXATIONS, other / FIXATIONS):
        faults.append("the fixations differ" + _where(first.points, second.points))
    faults += [
        f"{key} differs: {first.report.get(key)} and {second.report.get(key)}"
        for key in _FINGERPRINTS
        if first.report.get(key) != second.report.get(key)
    ]
    maps = None
    if first.facts.frames == second.facts.frames and (first.facts.width, first.facts.height) == (
        second.facts.width,
        second.facts.height,
    ):
        maps = compare_maps(one / SALIENCY, other / SALIENCY, first.facts.frames)
    return Verdict.of_clip(faults, maps, allowed_levels)


def _where(some: Sequence[Points], others: Sequence[Points]) -> str:
    for frame, (one, other) in enumerate(zip(some, others, strict=False)):
        if one.tolist() != other.tolist():
            return f", first in frame {frame}"
    return f": {len(some)} and {len(others)} frames"


def _noted(verdict: Verdict, built: Built) -> Verdict:
    """With the differences of machines, where they may explain something."""
    return (
        verdict
        if verdict.maps and verdict.maps.same_bytes
        else Verdict(verdict.held, verdict.faults, verdict.maps, built.notes)
    )
