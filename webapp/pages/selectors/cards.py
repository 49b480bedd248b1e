"""A release as its card tells it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Count, QuerySet

from collector.models import StudyVersion
from processing.layouts import PARTS
from webapp.datasets.models import Release, ReleaseItem


@dataclass(frozen=True)
class Range:
    """Smallest and largest of something; both None without clips."""

    least: float | None
    most: float | None

    def __str__(self) -> str:
        if self.least is None:
            return "–"
        return f"{self.least:g}" if self.least == self.most else f"{self.least:g}–{self.most:g}"


@dataclass(frozen=True)
class Card:
    """Numbers of a release, read from its items."""

    clips: int
    by_part: list[tuple[str, int]]
    frames: int
    duration_s: float
    observers: Range
    rates: list[tuple[Fraction, int]]
    sizes: list[tuple[str, int]]
    licences: list[tuple[str, int]]
    points: dict[str, list[tuple[str, float, float]]]


def release_items(release: Release) -> list[ReleaseItem]:
    """The clips of a release by name, with all that its card reads, in one query."""
    return list(
        release.items.select_related("build__rendition__stimulus", "build__rendition__content")
        .defer("build__alignment")
        .order_by("name")
    )


def release_card(items: Sequence[ReleaseItem]) -> Card:
    """Sum up items that came from `release_items`; no query."""
    parts = Counter(item.part for item in items)
    renditions = [item.build.rendition for item in items]
    observers = [item.build.observers_used or 0 for item in items]
    frames = {item.pk: item.build.report.get("frames", item.build.rendition.frames) for item in items}
    return Card(
        clips=len(items),
        by_part=[(part, parts.get(part, 0)) for part in PARTS],
        frames=sum(frames.values()),
        duration_s=float(sum(frames[item.pk] / item.build.rendition.fps for item in items)),
        observers=Range(min(observers, default=None), max(observers, default=None)),
        rates=sorted(Counter(rendition.fps for rendition in renditions).items()),
        sizes=Counter(f"{rendition.width}×{rendition.height}" for rendition in renditions).most_common(),
        licences=Counter(rendition.stimulus.licence for rendition in renditions).most_common(),
        points={part: _points(items, part) for part in PARTS},
    )


def _points(items: Sequence[ReleaseItem], part: str) -> list[tuple[str, float, float]]:
    measured = [item for item in items if item.part == part and hasattr(item.build.rendition, "content")]
    features = [(item.name, item.build.rendition.content.features) for item in measured]
    return [(name, found["si"], found["ti"]) for name, found in features if {"si", "ti"} <= set(found)]


def versions_used(release: Release) -> QuerySet[StudyVersion]:
    """The frozen versions of the study that the release's observers took part in, with `visits`, in one query."""
    return (
        StudyVersion.objects.filter(assignments__slots__trials__track__builds__release_items__release=release)
        .annotate(visits=Count("assignments", distinct=True))
        .select_related("study")
        .order_by("number")
    )


def observers_used(release: Release) -> int:
    """Observers with at least one track in the release."""
    return (
        release.items.values("build__tracks__trial__slot__assignment__observer")
        .exclude(build__tracks__trial__slot__assignment__observer=None)
        .distinct()
        .count()
    )


@dataclass(frozen=True)
class Likeness:
    """How alike the parts of a split are: a row a part, a distance a feature."""

    features: list[str]
    rows: list[tuple[str, int, list[float]]]


def split_likeness(report: dict[str, Any]) -> Likeness:
    """The split's report as a table; distances are Kolmogorov-Smirnov's, 0 to 1."""
    features = list(next(iter(report.values()))["features"]) if report else []
    rows = [
        (part, found["clips"], [found["features"][feature]["ks"] for feature in features])
        for part, found in report.items()
    ]
    return Likeness(features, rows)
