"""The kinds of work that pages show, retry and cancel, by the word that stands in their addresses."""

from collector.models import Stimulus, Suspicion, TrackExport, Trial
from collector.work import WorkRow
from webapp.baselines.models import BaselineRun
from webapp.datasets.models import Build, Release
from webapp.leaderboard.models import Evaluation

KINDS: dict[str, type[WorkRow]] = {
    "trial": Trial,
    "suspicion": Suspicion,
    "stimulus": Stimulus,
    "export": TrackExport,
    "build": Build,
    "release": Release,
    "run": BaselineRun,
    "evaluation": Evaluation,
}
