"""The kinds of work that pages show, retry and cancel, by the word that stands in their addresses."""

from collections.abc import Callable
from dataclasses import dataclass

from collector import work
from collector.models import Stimulus, Trial
from collector.work import WorkRow
from webapp.baselines.models import BaselineRun
from webapp.datasets.models import Build, HintedWork, Release
from webapp.leaderboard.models import Evaluation


def _again(row: HintedWork) -> bool:
    if not row.retry():
        return False
    row.enqueue()
    return True


def _capture_again(task: str) -> Callable[[WorkRow], bool]:
    def again(row: WorkRow) -> bool:
        if not work.retry(row):
            return False
        # The admin of capture and its sweep name tasks' arguments as text where the key is a UUID.
        work.enqueue(task, row.pk if isinstance(row.pk, int) else str(row.pk), queue="ingest")
        return True

    return again


@dataclass(frozen=True)
class Kind:
    """A table of work rows, and how one is put back in line (False when it is neither failed nor cancelled)."""

    model: type[WorkRow]
    retry: Callable[..., bool]


KINDS = {
    "trial": Kind(Trial, _capture_again("collector.tasks.track_join")),
    "stimulus": Kind(Stimulus, _capture_again("collector.tasks.stimulus_prepare")),
    "build": Kind(Build, _again),
    "release": Kind(Release, _again),
    "run": Kind(BaselineRun, _again),
    "evaluation": Kind(Evaluation, _again),
}
