"""Boards: who predicts a release how well, and clip by clip."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from collector.work import WorkState
from webapp.datasets.models import Release
from webapp.datasets.selectors import releases_published
from webapp.leaderboard.models import METRICS, Evaluation, Submission
from webapp.leaderboard.selectors import BoardRow, board, evaluations_of, modes_of
from webapp.pages.access import Request, researchers_only
from webapp.pages.spreadsheet import csv_response
from webapp.pages.tables import table
from webapp.pages.views.datasets import release_or_404

METRIC_NAMES = {"auc_judd": "AUC-J", "cc": "CC", "sim": "SIM", "nss": "NSS"}
# What a baseline costs, by the field of its run: head and unit of its column.
COSTS = {
    "parameters": ("Params", ""),
    "gflop_per_frame": ("GFLOP", "/frame"),
    "ms_per_frame": ("ms", "/frame"),
    "memory_mb": ("MB", ""),
}
PEEK_CLIPS = 10


@require_safe
@researchers_only
def board_list(request: HttpRequest) -> HttpResponse:
    """A board a finished release."""
    columns = {"title": "title", "finished": "finished_at"}
    listed = table(request, releases_published(), columns=columns, default="-finished", per_page=25)
    return render(request, "pages/boards.html", {"table": listed})


def _subset(request: HttpRequest) -> str:
    """The part that the board is of; scores on the private test are for staff."""
    private = Submission.Subset.PRIVATE_TEST
    return (
        private
        if request.user.is_staff and request.GET.get("subset") == private
        else Submission.Subset.PUBLIC_TEST
    )


def _mode(request: HttpRequest) -> str:
    """The mode of the scorer that the board is in."""
    asked = request.GET.get("mode", "")
    return asked if asked in Evaluation.Mode.values else Evaluation.Mode.CORRECTED


@require_safe
@researchers_only
def board_page(request: HttpRequest, study: str, number: int) -> HttpResponse:
    """The board of one release: in the order of the rule, or sorted by a column."""
    release = release_or_404(request, study, number)
    subset, mode = _subset(request), Evaluation.Mode(_mode(request))
    rows = board(release, subset=subset, mode=mode)
    order = {id(row): place for place, row in enumerate(rows)}
    columns: dict[str, Any] = {
        "rule": lambda row: order[id(row)],
        "name": lambda row: row.submission.name.lower(),
        "submitted": lambda row: row.submission.created_at,
    }
    columns |= {metric: _score_of(metric) for metric in METRICS}
    columns |= {cost: _at_least(cost) for cost in COSTS}
    scored = [row for row in rows if row.evaluation.state == WorkState.DONE]
    context = {
        "release": release,
        "table": table(request, rows, columns=columns, default="rule"),
        "subset": subset,
        "subsets": Submission.Subset.choices,
        "metrics": METRIC_NAMES,
        "costs": COSTS if any(_cost(row, cost) is not None for row in rows for cost in COSTS) else {},
        "best": {
            metric: max((getattr(row.evaluation, metric) for row in scored), default=None)
            for metric in METRICS
        },
        "clips": release.items.filter(part=subset).count(),
        "teams": sum(not row.baseline for row in scored),
        "mode": mode,
        "mode_words": mode.label,
        "modes": modes_of(release, subset),
        "unfinished": any(row.evaluation.state in (WorkState.WAITING, WorkState.RUNNING) for row in rows),
    }
    return render(request, "pages/board.html", context)


def _score_of(metric: str) -> Any:
    def score(row: BoardRow) -> float:
        found = getattr(row.evaluation, metric)
        return float("-inf") if found is None else found

    return score


def _cost(row: BoardRow, cost: str) -> float | None:
    """A figure of the run that a submission came from; None for a team's."""
    return getattr(getattr(row.submission, "run", None), cost, None)


def _at_least(cost: str) -> Any:
    def known(row: BoardRow) -> float:
        found = _cost(row, cost)
        return float("-inf") if found is None else found

    return known


@require_safe
@researchers_only
def board_csv(request: HttpRequest, study: str, number: int) -> HttpResponse:
    """The board as it stands, by the rule."""
    release = release_or_404(request, study, number)
    subset, mode = _subset(request), _mode(request)
    rows = [
        [
            row.place,
            row.submission.name,
            row.submission.kind,
            *row.evaluation.scores.values(),
            row.mean_place,
            row.evaluation.state,
            row.submission.created_at.isoformat(),
            mode,
            *(_cost(row, cost) for cost in COSTS),
        ]
        for row in board(release, subset=subset, mode=mode)
    ]
    header = ["place", "name", "kind", *METRICS, "mean_place", "state", "submitted_at", "mode", *COSTS]
    return csv_response(f"{release.slug}-{subset}-board-{mode}.csv", header, rows)


@dataclass(frozen=True)
class ClipScores:
    """Scores of one clip."""

    name: str
    frames: int | None
    scores: Mapping[str, float]


def _clips(evaluation: Evaluation) -> list[ClipScores]:
    frames = evaluation.results.get("frames", {})
    return [
        ClipScores(name, frames.get(name), scores)
        for name, scores in evaluation.results.get("videos", {}).items()
    ]


def _evaluation(request: HttpRequest, release: Release, evaluation_id: int) -> Evaluation:
    rows = evaluations_of(release)
    if not request.user.is_staff:
        rows = rows.filter(submission__subset=Submission.Subset.PUBLIC_TEST)
    return get_object_or_404(rows, pk=evaluation_id)


@require_safe
@researchers_only
def scores_page(request: Request, study: str, number: int, evaluation_id: int) -> HttpResponse:
    """One evaluation clip by clip; asked for by htmx, the worst and the best clips only."""
    release = release_or_404(request, study, number)
    evaluation = _evaluation(request, release, evaluation_id)
    clips = _clips(evaluation)
    columns: dict[str, Any] = {
        "name": lambda clip: clip.name,
        "frames": lambda clip: clip.frames or 0,
    } | {metric: _clip_score(metric) for metric in METRICS}
    by_cc = sorted(clips, key=_clip_score("cc"))
    few = len(clips) <= 2 * PEEK_CLIPS
    context = {
        "release": release,
        "evaluation": evaluation,
        "submission": evaluation.submission,
        "metrics": METRIC_NAMES,
        "failed": sorted(evaluation.results.get("failed", {}).items()),
        "warnings": evaluation.results.get("warnings", []),
        "by_frames": evaluation.results.get("mean_by_frames"),
        "clips": len(clips),
        "table": table(request, clips, columns=columns, default="cc"),
        "worst": by_cc if few else by_cc[:PEEK_CLIPS],
        "best_clips": [] if few else by_cc[-PEEK_CLIPS:][::-1],
    }
    return render(request, "pages/_scores_peek.html" if request.htmx else "pages/scores.html", context)


def _clip_score(metric: str) -> Any:
    return lambda clip: clip.scores[metric]


@require_safe
@researchers_only
def scores_csv(request: HttpRequest, study: str, number: int, evaluation_id: int) -> HttpResponse:
    """Scores of every clip; failed clips have a reason instead."""
    release = release_or_404(request, study, number)
    evaluation = _evaluation(request, release, evaluation_id)
    rows: list[list[Any]] = [
        [clip.name, clip.frames, *(clip.scores[metric] for metric in METRICS), ""]
        for clip in sorted(_clips(evaluation), key=lambda clip: clip.name)
    ]
    rows += [
        [name, "", "", "", "", "", reason]
        for name, reason in sorted(evaluation.results.get("failed", {}).items())
    ]
    filename = f"{release.slug}-{evaluation.submission.name}-{evaluation.mode}.csv"
    return csv_response(filename, ["clip", "frames", *METRICS, "failed"], rows)
