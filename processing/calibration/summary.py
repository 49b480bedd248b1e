"""From curves to statements: the best lag and sigma of a clip, a content group and all clips, as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from processing.bootstrap import Estimate, interval
from processing.calibration.against_eyes import ClipCurves, Replicated
from processing.calibration.among_hands import HalvesCurves
from processing.calibration.optimum import highest
from processing.calibration.search import Search
from processing.calibration.sweep import MEASURES
from processing.coarse import Floats

CURVE_COLUMNS = ("set", "name", "measure", "lag_ms", "sigma_share", "value")
HALVES_COLUMNS = ("set", "name", "measure", "by", "at", "value")


def together(curves: Sequence[ClipCurves]) -> ClipCurves:
    """The mean over clips of every curve and replicate; a clip that a replicate leaves empty is passed over."""
    held_out = [clip.held_out for clip in curves if clip.held_out is not None]
    return ClipCurves(
        surface=np.mean([clip.surface for clip in curves], axis=0),
        by_lag=_mean([clip.by_lag for clip in curves]),
        by_sigma=_mean([clip.by_sigma for clip in curves]),
        held_out=_mean(held_out) if held_out else None,
        instants=sum(clip.instants for clip in curves),
    )


def halves_together(curves: Sequence[HalvesCurves]) -> HalvesCurves:
    """As `together`, of clips whose hands were compared among themselves; nobody's own shift is told."""
    return HalvesCurves(
        shifts_ms=curves[0].shifts_ms,
        by_shift=_mean([clip.by_shift for clip in curves]),
        by_sigma=_mean([clip.by_sigma for clip in curves]),
        own_shift_ms={},
        instants=sum(clip.instants for clip in curves),
    )


def best(curves: ClipCurves, search: Search) -> dict[str, Any]:
    """For each measure the best lag (at the recipe's sigma) and the best sigma (at the reference lag), JSON-able."""
    log_shares = np.log(search.sigma_shares)
    return {
        measure: {
            "lag_ms": peak(search.lags_ms, curves.by_lag, row).document(1),
            "lag_at_edge": at_edge(curves.by_lag.curve[row]),
            "sigma_share": exponential(peak(log_shares, curves.by_sigma, row)).document(4),
            "sigma_at_edge": at_edge(curves.by_sigma.curve[row]),
            "value": round(float(np.nanmax(curves.by_lag.curve[row])), 4),
        }
        for row, measure in enumerate(MEASURES)
    }


def best_of_halves(curves: HalvesCurves, search: Search) -> dict[str, Any]:
    """For each measure the shift and the sigma at which halves agree best, JSON-able."""
    log_shares = np.log(search.sigma_shares)
    return {
        measure: {
            "shift_ms": peak(curves.shifts_ms, curves.by_shift, row).document(1),
            "sigma_share": exponential(peak(log_shares, curves.by_sigma, row)).document(4),
            "sigma_at_edge": at_edge(curves.by_sigma.curve[row]),
            "value": round(float(np.nanmax(curves.by_shift.curve[row])), 4),
        }
        for row, measure in enumerate(MEASURES)
    }


def held_out(curves: ClipCurves, search: Search) -> dict[str, Any] | None:
    """For each measure the best lag between hands and other people's eyes; None where people are not shared."""
    found = curves.held_out
    if found is None or not np.isfinite(found.curve).all():
        return None
    return {
        measure: {
            "lag_ms": peak(search.lags_ms, found, row).document(1),
            "value": round(float(np.nanmax(found.curve[row])), 4),
        }
        for row, measure in enumerate(MEASURES)
    }


def peak(at: Floats, curves: Replicated, row: int) -> Estimate:
    """Where one measure's curve is highest, and the interval of that over the replicates."""
    known = np.isfinite(curves.replicates[:, row]).all(axis=1)
    peaks = np.array([highest(at, curve) for curve in curves.replicates[known, row]])
    return Estimate(highest(at, curves.curve[row]), *interval(peaks))


def curve_rows(named: Mapping[tuple[str, str], ClipCurves], search: Search) -> list[tuple[Any, ...]]:
    """The surfaces as rows of `CURVE_COLUMNS`; keys of `named` are (set, name), such as ("clip", "jump")."""
    return [
        (kind, name, measure, int(lag_ms), share, round(float(curves.surface[number, row, lag]), 6))
        for (kind, name), curves in named.items()
        for row, measure in enumerate(MEASURES)
        for number, share in enumerate(search.sigma_shares)
        for lag, lag_ms in enumerate(search.lags_ms)
    ]


def halves_rows(
    named: Mapping[tuple[str, str], HalvesCurves], search: Search
) -> list[tuple[str, str, str, str, float, float]]:
    """The curves of halves as rows of `HALVES_COLUMNS`; keys as in `curve_rows`."""
    return [
        (kind, name, measure, by, float(at), round(float(value), 6))
        for (kind, name), curves in named.items()
        for row, measure in enumerate(MEASURES)
        for by, places, curve in (
            ("shift_ms", curves.shifts_ms, curves.by_shift.curve[row]),
            ("sigma_share", search.sigma_shares, curves.by_sigma.curve[row]),
        )
        for at, value in zip(places, curve, strict=True)
    ]


def at_edge(curve: Floats) -> bool:
    """Whether the best lies at either end of what was tried, so that the truth may lie beyond."""
    return int(np.nanargmax(curve)) in (0, len(curve) - 1)


def exponential(estimate: Estimate) -> Estimate:
    """An estimate of a logarithm as one of the number itself."""
    low, high = (None if bound is None else float(np.exp(bound)) for bound in (estimate.low, estimate.high))
    return Estimate(float(np.exp(estimate.value)), low, high)


def _mean(curves: Sequence[Replicated]) -> Replicated:
    stacked = np.stack([each.replicates for each in curves])
    known = np.isfinite(stacked)
    total, count = np.where(known, stacked, 0).sum(axis=0), known.sum(axis=0)
    return Replicated(
        curve=np.mean([each.curve for each in curves], axis=0),
        replicates=np.where(count > 0, total / np.maximum(count, 1), np.nan),
    )
