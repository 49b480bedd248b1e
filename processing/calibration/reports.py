"""What a calibration writes: calibration.json, tables as CSV, charts as SVG."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from processing import layouts, provenance
from processing.calibration import summary
from processing.calibration.against_eyes import ClipCurves, HandsAndEyes
from processing.calibration.among_hands import HalvesCurves
from processing.calibration.on_target import Followed
from processing.calibration.search import Search
from processing.calibration.sweep import MEASURES
from processing.chart import write_chart
from processing.recipe import Recipe
from processing.recordings import Recordings

Curves = TypeVar("Curves", ClipCurves, HalvesCurves)

CALIBRATION, CURVES = "calibration.json", "curves.csv"
ALL_CLIPS = "all clips"
_MOST_DRAWN = 8  # more clips than this make a chart that nobody can read; then groups and all clips are drawn


def report_on_eyes(
    out: Path, clips: Sequence[HandsAndEyes], curves: Sequence[ClipCurves], recipe: Recipe, search: Search
) -> dict[str, Any]:
    """Write all files of a calibration against eyes; returns the document of calibration.json."""
    groups = _by_group([clip.clip.group for clip in clips], curves)
    whole = summary.together(curves)
    merged = {name: summary.together(own) for name, own in groups.items()}
    document = {
        **_head("eyes", recipe, search),
        "clips": [_clip(clip, own, search) for clip, own in zip(clips, curves, strict=True)],
        "groups": {name: _best(own, search, len(groups[name])) for name, own in merged.items()},
        "all": _best(whole, search, len(curves)),
    }
    named = _named([clip.clip.name for clip in clips], curves, merged, whole)
    _write_rows(out / CURVES, summary.CURVE_COLUMNS, summary.curve_rows(named, search))
    drawn = _drawn(named, len(clips))
    for row, measure in enumerate(MEASURES):
        by_lag = {name: _points(search.lags_ms, own.by_lag.curve[row]) for name, own in drawn.items()}
        by_sigma = {
            name: _points(search.sigma_shares, own.by_sigma.curve[row]) for name, own in drawn.items()
        }
        _charts(out, measure, by_lag, by_sigma)
    layouts.write_json(out / CALIBRATION, document)
    return document


def report_on_halves(
    out: Path, clips: Sequence[Recordings], found: Sequence[HalvesCurves], recipe: Recipe, search: Search
) -> dict[str, Any]:
    """Write all files of a calibration without eyes; returns the document of calibration.json."""
    groups = _by_group([clip.group for clip in clips], found)
    whole = summary.halves_together(found)
    merged = {name: summary.halves_together(own) for name, own in groups.items()}
    document = {
        **_head("halves", recipe, search),
        "note": "A lag that all hands share cannot be seen among hands alone.",
        "clips": [
            {
                "name": clip.name,
                "group": clip.group,
                "observers": len(clip.hands),
                "instants": own.instants,
                "best": summary.best_of_halves(own, search),
                "own_shift_ms": own.own_shift_ms,
            }
            for clip, own in zip(clips, found, strict=True)
        ],
        "groups": {
            name: {"clips": len(groups[name]), "best": summary.best_of_halves(own, search)}
            for name, own in merged.items()
        },
        "all": {"clips": len(found), "best": summary.best_of_halves(whole, search)},
    }
    named = _named([clip.name for clip in clips], found, merged, whole)
    _write_rows(out / CURVES, summary.HALVES_COLUMNS, summary.halves_rows(named, search))
    drawn = _drawn(named, len(clips))
    for row, measure in enumerate(MEASURES):
        by_lag = {name: _points(own.shifts_ms, own.by_shift.curve[row]) for name, own in drawn.items()}
        by_sigma = {
            name: _points(search.sigma_shares, own.by_sigma.curve[row]) for name, own in drawn.items()
        }
        _charts(out, measure, by_lag, by_sigma)
    layouts.write_json(out / CALIBRATION, document)
    return document


def report_on_target(out: Path, found: Sequence[Followed], recipe: Recipe, search: Search) -> dict[str, Any]:
    """Write all files of a calibration on a target; returns the document of calibration.json."""
    lags_ms = np.array([own.lag_ms.value for own in found])
    document = {
        **_head("target", recipe, search),
        "observers": [
            {"name": own.observer, "lag_ms": own.lag_ms.document(1), "distance_px": round(own.nearest_px, 2)}
            for own in found
        ],
        "lag_ms": {"median": round(float(np.median(lags_ms)), 1), "mean": round(float(lags_ms.mean()), 1)},
    }
    rows = [
        (own.observer, int(lag_ms), round(float(distance_px), 4))
        for own in found
        for lag_ms, distance_px in zip(search.lags_ms, own.distance_px, strict=True)
    ]
    _write_rows(out / CURVES, ("observer", "lag_ms", "distance_px"), rows)
    drawn = {own.observer: _points(search.lags_ms, own.distance_px) for own in found[:_MOST_DRAWN]}
    write_chart(out / "lag_distance.svg", "Distance from the target", "lag, ms", "px", drawn)
    layouts.write_json(out / CALIBRATION, document)
    return document


def _by_group(groups: Sequence[str], curves: Sequence[Curves]) -> dict[str, list[Curves]]:
    """The curves of each group's clips, sorted by the groups' names; clips of no group are in none."""
    found: dict[str, list[Curves]] = {name: [] for name in sorted({*groups} - {""})}
    for group, own in zip(groups, curves, strict=True):
        if group:
            found[group].append(own)
    return found


def _named(
    clips: Sequence[str], curves: Sequence[Curves], groups: Mapping[str, Curves], whole: Curves
) -> dict[tuple[str, str], Curves]:
    """Everything that has curves, by set and name."""
    named = {("clip", name): own for name, own in zip(clips, curves, strict=True)}
    return named | {("group", name): own for name, own in groups.items()} | {("all", ALL_CLIPS): whole}


def _drawn(named: Mapping[tuple[str, str], Curves], clips: int) -> dict[str, Curves]:
    return {name: own for (kind, name), own in named.items() if kind != "clip" or clips <= _MOST_DRAWN}


def _head(kind: str, recipe: Recipe, search: Search) -> dict[str, Any]:
    return {
        "against": kind,
        "recipe": recipe.document(),
        "recipe_fingerprint": recipe.fingerprint(),
        "search": asdict(search),
        "software": provenance.software(),
        "environment": provenance.environment(),
    }


def _clip(clip: HandsAndEyes, curves: ClipCurves, search: Search) -> dict[str, Any]:
    return {
        "name": clip.clip.name,
        "group": clip.clip.group,
        "observers": len(clip.hands.observers),
        "viewers": len(clip.eyes.observers),
        "in_both": len(clip.shared),
        "reference_sigma_px": clip.sigma_px,
        "instants": curves.instants,
        "best": summary.best(curves, search),
        "held_out": summary.held_out(curves, search),
    }


def _best(curves: ClipCurves, search: Search, clips: int) -> dict[str, Any]:
    return {
        "clips": clips,
        "best": summary.best(curves, search),
        "held_out": summary.held_out(curves, search),
    }


def _charts(
    out: Path,
    measure: str,
    by_lag: Mapping[str, list[tuple[float, float]]],
    by_sigma: Mapping[str, list[tuple[float, float]]],
) -> None:
    name = measure.upper()
    write_chart(out / f"lag_{measure}.svg", f"{name} over lag", "lag, ms", name, by_lag)
    write_chart(
        out / f"sigma_{measure}.svg", f"{name} over sigma", "sigma, share of the longer side", name, by_sigma
    )


def _points(at: Iterable[float], curve: Iterable[float]) -> list[tuple[float, float]]:
    return [(float(place), float(value)) for place, value in zip(at, curve, strict=True)]


def _write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
