"""Every read of submissions and scores that more than one place needs."""

from dataclasses import dataclass

from django.db.models import QuerySet

from collector.work import WorkState
from webapp.datasets.models import Build, Release, ReleaseItem
from webapp.leaderboard import ranking
from webapp.leaderboard.models import METRICS, Evaluation, Submission


@dataclass(frozen=True)
class BoardRow:
    """One line of a board: a scored submission with its place, or one that is not scored yet (or failed)."""

    evaluation: Evaluation
    place: int | None = None
    mean_place: float | None = None

    @property
    def submission(self) -> Submission:
        """What was handed in."""
        return self.evaluation.submission

    @property
    def baseline(self) -> bool:
        """Whether it is marked as a baseline and stands outside the ranking."""
        return self.submission.kind == Submission.Kind.BASELINE


def board(
    release: Release,
    *,
    subset: str = Submission.Subset.PUBLIC_TEST,
    mode: str = Evaluation.Mode.CORRECTED,
) -> list[BoardRow]:
    """The board of a release in one mode, in one query: ranked teams, then baselines, then what is not scored.

    Scores of two modes are never on one board. Of one name's scored submissions the newest stands.
    """
    evaluations = evaluations_of(release).filter(submission__subset=subset, mode=mode)
    scored: dict[tuple[bool, str], Evaluation] = {}
    unscored = []
    for evaluation in evaluations.order_by("submission__created_at", "pk"):
        row = BoardRow(evaluation)
        if evaluation.state == WorkState.DONE:
            scored[row.baseline, row.submission.name] = evaluation
        else:
            unscored.append(row)
    ranked = [
        BoardRow(scored[placed.entry.baseline, placed.entry.name], placed.place, placed.mean_place)
        for placed in ranking.rank([_entry(evaluation) for evaluation in scored.values()])
    ]
    return ranked + unscored


def _entry(evaluation: Evaluation) -> ranking.Entry:
    submission = evaluation.submission
    return ranking.Entry(
        name=submission.name,
        scores={metric: getattr(evaluation, metric) for metric in METRICS},
        submitted_at=submission.created_at,
        baseline=submission.kind == Submission.Kind.BASELINE,
    )


def evaluations_of(release: Release) -> QuerySet[Evaluation]:
    """All evaluations on a release, newest first, with what a list shows of them."""
    return (
        Evaluation.objects.filter(submission__release=release)
        .select_related("submission__release", "submission__submitted_by", "submission__run")
        .order_by("-pk")
    )


def modes_of(release: Release, subset: str) -> list[str]:
    """The modes in which there are evaluations for this part."""
    rows = Evaluation.objects.filter(submission__release=release, submission__subset=subset)
    return sorted(rows.order_by().values_list("mode", flat=True).distinct())


def items_of(release: Release, subset: str) -> dict[str, ReleaseItem]:
    """By name the items that a submission for this part has to predict."""
    items = release.items.filter(part=subset).select_related("build__rendition")
    return {item.name: item for item in items}


def clips_of(release: Release, subset: str) -> dict[str, Build]:
    """Name → build of the clips that a submission for this part has to predict."""
    return {name: item.build for name, item in items_of(release, subset).items()}
