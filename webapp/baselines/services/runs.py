"""Training runs are asked for."""

from collector.work import WorkState
from processing.errors import BadInput
from webapp.baselines.models import BaselineRun
from webapp.datasets.models import Release
from webapp.leaderboard.models import Submission


def run_request(
    *,
    release: Release,
    config: str,
    baseline: str = "",
    device: str = BaselineRun.Device.ANY,
    subset: str = Submission.Subset.PUBLIC_TEST,
) -> BaselineRun:
    """Ask for a run of `python -m training` with a configuration; `baseline` is its name on the board.

    Raises BadInput when the release is not finished, or its public archive has no truth to score against here.
    """
    if release.state != WorkState.DONE:
        raise BadInput(f"{release} is not finished yet: ask for runs once it is")
    if device not in BaselineRun.Device.values:
        raise BadInput(f"there is no device {device!r}: choose from {', '.join(BaselineRun.Device.values)}")
    return BaselineRun.objects.create(
        release=release, config=config, baseline=baseline or config, device=device, subset=subset
    )


def run_wait(*, run: BaselineRun, waiting_for: str) -> None:
    """Say on a waiting run what it waits for."""
    BaselineRun.objects.filter(pk=run.pk, state=WorkState.WAITING).update(waiting_for=waiting_for)
