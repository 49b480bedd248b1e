"""What the clips of an evaluation scored becomes its results. Only workers import this file."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from collector import work
from collector.work import HANDED_OUT, OPEN_STATES, OVER_STATES, WorkState
from processing.evaluate import Results
from processing.scoring.video import ClipScores
from webapp.leaderboard.models import METRICS, Evaluation


@transaction.atomic
def evaluation_gather(evaluation_id: int) -> None:
    """Conclude a handed-out evaluation once the last of its clips is over; before, say how many are.

    Called after every clip, by whoever was at it, and by the sweep. The row is locked, so that of two who finish
    their clips at once the second sees both.
    """
    evaluation = (
        Evaluation.objects.select_for_update().filter(HANDED_OUT, pk=evaluation_id).defer("results").first()
    )
    if evaluation is None:
        return
    parts = evaluation.parts()
    if parts.filter(state__in=OPEN_STATES).exists():
        over = parts.filter(state__in=OVER_STATES).count()
        Evaluation.objects.filter(pk=evaluation.pk).update(progress_done=over, heartbeat_at=timezone.now())
        return
    _conclude(evaluation, _results(evaluation))


def _results(evaluation: Evaluation) -> Results:
    parts = {part.item.name: part for part in evaluation.parts().select_related("item")}
    videos, failed = {}, {}
    for name in sorted(parts):  # the database may sort names otherwise than `cursal evaluate` does
        part = parts[name]
        if part.state == WorkState.DONE:
            videos[name] = ClipScores(part.curves, tuple(part.warnings))
        else:
            failed[name] = part.last_error
    return Results(evaluation.mode, videos, failed)


def _conclude(evaluation: Evaluation, results: Results) -> None:
    over = len(results.videos) + len(results.failed)
    fields: dict[str, Any] = {"progress_done": over, "results": results.document()}
    if results.mean is None:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in results.failed.items())
        reason = f"{len(results.failed)} clips could not be scored, so there is no mean: {reasons}"
        work.conclude(evaluation, reason=reason, **fields)
        return
    fields |= {metric: results.mean[metric] for metric in METRICS}
    work.conclude(evaluation, **fields)
    evaluation.parts().update(curves={})
