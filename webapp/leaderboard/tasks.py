"""Celery's doors into the board. Each takes one id, claims the row, and may run twice."""

from celery import shared_task

from webapp.leaderboard.models import ClipScore
from webapp.leaderboard.services.gathering import evaluation_gather
from webapp.leaderboard.services.handing_out import evaluation_hand_out
from webapp.leaderboard.services.scoring import clip_score_make

A_DAY_S = 24 * 3600  # thousands of Full HD clips, checked and stored one by one


# The lease on the row, not the broker, keeps two workers apart, so that these may outlive the visibility timeout.
@shared_task(time_limit=A_DAY_S)
def evaluation_run(evaluation_id: int) -> None:
    """Hand one evaluation out clip by clip, or conclude it where its clips are over."""
    for part in evaluation_hand_out(evaluation_id):
        part.enqueue()
    evaluation_gather(evaluation_id)


@shared_task(time_limit=A_DAY_S)
def clip_score_run(clip_score_id: int) -> None:
    """Score one clip of an evaluation, and conclude the evaluation where it was the last."""
    clip_score_make(clip_score_id)
    part = ClipScore.objects.filter(pk=clip_score_id).only("evaluation_id").first()
    if part is not None:
        evaluation_gather(part.evaluation_id)
