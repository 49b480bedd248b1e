"""The rule that orders a board, as AIM24 has it: the mean of the places in the four metrics.

Teams are placed among teams. Baselines are ordered among themselves by the same rule and carry no place, so
adding one moves nobody. Of equal means the higher CC wins (NTIRE26's rule), then the earlier submission.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

METRICS = ("auc_judd", "cc", "sim", "nss")  # higher is better in all four


@dataclass(frozen=True)
class Entry:
    """One scored submission."""

    name: str
    scores: Mapping[str, float]
    submitted_at: dt.datetime
    baseline: bool = False


@dataclass(frozen=True)
class Placed:
    """An entry with its place on the board (None for baselines), and its place in each metric."""

    entry: Entry
    place: int | None
    mean_place: float
    places: Mapping[str, int]


def rank(entries: Sequence[Entry]) -> list[Placed]:
    """Teams in the order of their places, then baselines."""
    teams = _ordered([entry for entry in entries if not entry.baseline])
    baselines = _ordered([entry for entry in entries if entry.baseline])
    return [
        Placed(entry, place if not entry.baseline else None, mean, places)
        for group in (teams, baselines)
        for place, (entry, mean, places) in enumerate(group, start=1)
    ]


def _ordered(entries: Sequence[Entry]) -> list[tuple[Entry, float, dict[str, int]]]:
    placed = []
    for entry in entries:
        places = {metric: _place(entry, entries, metric) for metric in METRICS}
        placed.append((entry, sum(places.values()) / len(METRICS), places))
    return sorted(placed, key=lambda row: (row[1], -row[0].scores["cc"], row[0].submitted_at))


def _place(entry: Entry, entries: Sequence[Entry], metric: str) -> int:
    """Equal scores share the better place."""
    return 1 + sum(other.scores[metric] > entry.scores[metric] for other in entries)
