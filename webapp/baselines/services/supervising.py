"""A claimed run becomes predictions on the board. Only workers import this file."""

import os
import shutil
import sys
from pathlib import Path

from django.conf import settings
from django.db import transaction

from collector import blobs, work
from collector.work import WorkState
from processing import release as archives
from processing.errors import BadInput
from webapp.baselines import program
from webapp.baselines.gpu import gpu_answers
from webapp.baselines.models import BaselineRun
from webapp.baselines.run_record import RunRecord, log_tail
from webapp.baselines.services.runs import NO_GPU_HERE, run_wait
from webapp.datasets.attempts import Attempt, attempt
from webapp.leaderboard.models import Submission
from webapp.leaderboard.services import submission_record

BAD_INPUT = 2  # exit status of `python -m training` for what trying again cannot mend
# What the program may know of our environment: nothing about the database, the broker or the keys.
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "NVIDIA_",
    "CUDA_",
    "OMP_",
    "MKL_",
)


def run_make(run_id: int) -> None:
    """Train, predict and hand in; a run that asks for a GPU waits, unclaimed, where there is none.

    The folder of the run stays on the machine between attempts, so that training goes on from its last checkpoint.
    """
    run = BaselineRun.objects.get(pk=run_id)
    if run.device == BaselineRun.Device.GPU and not gpu_answers():
        run_wait(run=run, waiting_for=NO_GPU_HERE)
        return
    claimed = work.claim(BaselineRun, run_id)
    if claimed is None:
        return
    forget_finished_folders()
    with attempt(claimed) as trying:
        work.write(claimed, waiting_for="")
        _make(claimed, trying)
    forget_finished_folders()


def run_folder(run_id: int) -> Path:
    """Where a run keeps its checkpoint and its log on this machine."""
    return Path(settings.SCRATCH_DIR) / "runs" / str(run_id)


def forget_finished_folders() -> None:
    """Remove the folders of runs that will not go on; those of other machines go when these machines look."""
    folders = {folder.name: folder for folder in run_folder(0).parent.glob("[0-9]*")}
    going_on = BaselineRun.objects.filter(
        pk__in=[int(name) for name in folders if name.isdigit()],
        state__in=[WorkState.WAITING, WorkState.RUNNING],
    )
    for name in set(folders) - {str(pk) for pk in going_on.values_list("pk", flat=True)}:
        shutil.rmtree(folders[name], ignore_errors=True)


def _make(run: BaselineRun, trying: Attempt) -> None:
    folder, scratch = run_folder(run.pk), trying.folder
    folder.mkdir(parents=True, exist_ok=True)
    program.end_leftover(folder / "pid", str(folder))
    training = _Training(run, folder, trying)
    try:
        training.record.phase(BaselineRun.Phase.FETCHING)
        release = _fetch_release(run, scratch)
        device = "auto" if run.device == BaselineRun.Device.ANY else run.device
        common = ["--release", str(release), "--device", device]
        training.call("train", ["--config", run.config, "--out", str(training.output), *common])
        predictions = scratch / "predictions"
        target = ["--run", str(training.output), "--subset", run.subset, "--out", str(predictions)]
        training.call("predict", [*target, *common])
        training.record.phase(BaselineRun.Phase.STORING)
        archives.pack(predictions, scratch / "predictions.zip")
    finally:
        if training.log.exists():
            stored = blobs.store("products", training.log)
            work.write(run, log_sha256=stored.sha256, log_tail=log_tail(training.log))
    _hand_in(run, scratch / "predictions.zip", training.output / "model.safetensors")


def _fetch_release(run: BaselineRun, scratch: Path) -> Path:
    packed = blobs.fetch("releases", run.release.public_sha256, scratch / "release.zip")
    folder = scratch / "release"
    archives.unpack(packed, folder)
    packed.unlink()
    return folder


def _hand_in(run: BaselineRun, predictions: Path, weights: Path) -> None:
    """Predictions enter the board in the transaction that finishes the run: both stand, once, or neither."""
    blob = blobs.store("products", predictions)
    weights_sha256 = blobs.store("products", weights).sha256
    with transaction.atomic():
        submission = submission_record(
            release=run.release,
            name=run.baseline,
            subset=run.subset,
            kind=Submission.Kind.BASELINE,
            blob=blob,
        )
        work.complete(
            run, submission=submission, weights_sha256=weights_sha256, phase=BaselineRun.Phase.FINISHED
        )


class _Training:
    """The program `python -m training` in the folder of one run."""

    def __init__(self, run: BaselineRun, folder: Path, trying: Attempt) -> None:
        self._run = run
        self._folder = folder
        self._lost = trying.lost
        self.log = folder / "log.txt"
        self.output = folder / "run"
        self.record = RunRecord(run, self.log)

    def call(self, phase: str, arguments: list[str]) -> None:
        """Run one of its commands to the end; raises BadInput for input that it refuses."""
        self.record.phase(phase)
        status = program.run(
            [sys.executable, "-m", "training", phase, *arguments],
            log=self.log,
            pid_file=self._folder / "pid",
            on_event=self.record.event,
            stop=self._lost,
            environment={name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)},
        )
        work.write(self._run, exit_status=status)  # raises LeaseLost where that was why it ended
        if status == BAD_INPUT:
            raise BadInput(self.record.error or f"`training {phase}` refused its input: see the log")
        if status != 0:
            reason = self.record.error or "see the log"
            raise TrainingEnded(f"`training {phase}` ended with status {status}: {reason}")


class TrainingEnded(Exception):
    """The program ended before it was finished; another attempt goes on where it stood."""
