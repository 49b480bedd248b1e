"""A claimed run becomes predictions on the board. Only workers import this file."""

import logging
import os
import shutil
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction

from collector import blobs, work
from collector.attempts import Attempt, attempt
from processing import release as archives
from processing.errors import BadInput
from webapp.baselines import program
from webapp.baselines.folders import folder_locked, forget_finished_folders, output_folder, run_folder
from webapp.baselines.gpu import Gpu, gpus
from webapp.baselines.models import BaselineRun
from webapp.baselines.run_record import RunRecord, log_tail, write_last
from webapp.baselines.services.gpus import gpu_release, gpu_take, gpu_wait
from webapp.baselines.services.keeping import Keeper, kept_drop, kept_forget, written_files
from webapp.baselines.services.runs import run_wait
from webapp.leaderboard.models import Submission
from webapp.leaderboard.services import submission_record

log = logging.getLogger(__name__)

EARLIER_ENDS_WITHIN_S = program.STOP_WITHIN_S + 10
# Exit statuses of `python -m training`: for what trying again cannot mend, and for a full disk.
BAD_INPUT = 2
NO_ROOM = 74
MODEL = "model.zip"
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
    "NCCL_",
    "PYTORCH_",
    "TORCH",
    "TRITON_",
    "OMP_",
    "MKL_",
)


def run_make(run_id: int) -> None:
    """Train, predict and hand in; a run that needs a GPU waits, unclaimed, while there is none for it.

    The folder of the run stays on the machine between attempts, so that training goes on from its last checkpoint.
    """
    forget_finished_folders()
    kept_forget()
    run = BaselineRun.due().filter(pk=run_id).first()
    if run is None:
        return
    found = [] if run.device == BaselineRun.Device.CPU else gpus()
    if reason := gpu_wait(run, found):
        run_wait(run=run, waiting_for=reason)
        return
    with folder_locked(run_folder(run_id), within_s=EARLIER_ENDS_WITHIN_S) as locked:
        if locked:
            program.end_leftover(run_folder(run_id) / "pid", str(run_folder(run_id)))
            _attempt(run_id, found)
        else:
            run_wait(run=run, waiting_for="the end of its last attempt on this machine")
    forget_finished_folders()


def _attempt(run_id: int, found: Sequence[Gpu]) -> None:
    claimed = work.claim(BaselineRun, run_id)
    if claimed is None:
        return
    gpu = gpu_take(claimed, found)
    if found and gpu is None:
        work.postpone(claimed, claimed.last_error)
        run_wait(run=claimed, waiting_for=gpu_wait(claimed, found))
        return
    try:
        with attempt(claimed) as trying:
            place = f"{socket.gethostname()}, {gpu.name if gpu else 'CPU'}"
            work.write(claimed, waiting_for="", place=place)
            _make(claimed, trying, gpu)
    finally:
        if gpu:
            gpu_release(claimed, gpu)


def _make(run: BaselineRun, trying: Attempt, gpu: Gpu | None) -> None:
    scratch = trying.folder
    keeper = Keeper(run, scratch)
    training = _Training(run, trying, gpu)
    try:
        training.record.phase(BaselineRun.Phase.FETCHING)
        keeper.restore()
        release = _fetch_release(run, scratch)
        common = ["--release", str(release), "--device", _device(run, gpu)]
        with keeper.watching(lambda: training.record.step):
            training.call("train", ["--config", run.config, "--out", str(training.output), *common])
            predictions = scratch / "predictions"
            target = ["--run", str(training.output), "--subset", run.subset, "--out", str(predictions)]
            training.call("predict", [*target, *common])
        training.record.phase(BaselineRun.Phase.STORING)
        archives.pack(predictions, scratch / "predictions.zip")
        _pack_model(training.output, scratch)
    except BaseException:
        _keep_at_the_end(keeper, run)
        raise
    finally:
        if training.log.exists():
            stored = blobs.store("products", training.log)
            write_last(run, log_sha256=stored.sha256, log_tail=log_tail(training.log))
    _hand_in(run, scratch / "predictions.zip", scratch / MODEL)


def _keep_at_the_end(keeper: Keeper, run: BaselineRun) -> None:
    """Keep what a run that broke off has reached; that this fails must not hide why it broke off."""
    try:
        keeper.keep()
    except Exception:
        log.exception("%s: its checkpoint could not be kept; it is in the folder of this machine alone", run)


def _device(run: BaselineRun, gpu: Gpu | None) -> str:
    """What the program is asked for: with a driver and without a CUDA build of torch, `any` still trains."""
    if gpu is None:
        return "cpu"
    return "gpu" if run.device == BaselineRun.Device.GPU else "auto"


def _fetch_release(run: BaselineRun, scratch: Path) -> Path:
    packed = blobs.fetch("releases", run.release.public_sha256, scratch / "release.zip")
    folder = scratch / "release"
    archives.unpack(packed, folder)
    packed.unlink()
    return folder


def _pack_model(output: Path, scratch: Path) -> None:
    """Pack what predicts and says what it is: weights, configuration, card and record, not samples or clips."""
    folder = scratch / "model"
    folder.mkdir()
    for file in written_files(output):
        shutil.copy(file, folder)
    archives.pack(folder, scratch / MODEL)


def _hand_in(run: BaselineRun, predictions: Path, model: Path) -> None:
    """Predictions enter the board in the transaction that finishes the run: both stand, once, or neither."""
    blob = blobs.store("products", predictions)
    weights_sha256 = blobs.store("products", model).sha256
    kept = run.kept_sha256
    with transaction.atomic():
        submission = submission_record(
            release=run.release,
            name=run.baseline,
            subset=run.subset,
            kind=Submission.Kind.BASELINE,
            blob=blob,
        )
        work.complete(
            run,
            submission=submission,
            weights_sha256=weights_sha256,
            facts={**run.facts, BaselineRun.STORED: {"model": MODEL}},
            phase=BaselineRun.Phase.FINISHED,
            kept_sha256="",
            kept_bytes=0,
        )
    kept_drop(kept)


class _Training:
    """The program `python -m training` in the folder of one run."""

    def __init__(self, run: BaselineRun, trying: Attempt, gpu: Gpu | None) -> None:
        self._run = run
        self._lost = trying.lost
        self._environment = {
            name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)
        } | {"CUDA_VISIBLE_DEVICES": gpu.uuid if gpu else ""}
        self._pid_file = run_folder(run.pk) / "pid"
        self.log = run_folder(run.pk) / "log.txt"
        self.output = output_folder(run.pk)
        self.record = RunRecord(run, self.log, self.output)

    def call(self, phase: str, arguments: list[str]) -> None:
        """Run one of its commands to the end.

        Raises BadInput for input that it refuses, `NoRoom` where it found the disk full, `TrainingEnded` for every
        other end but the good one.
        """
        self.record.phase(phase)
        status = program.run(
            [sys.executable, "-m", "training", phase, *arguments],
            log=self.log,
            pid_file=self._pid_file,
            on_event=self.record.event,
            stop=self._lost,
            environment=self._environment,
        )
        work.write(self._run, exit_status=status)  # raises LeaseLost where that was why it ended
        if status == BAD_INPUT:
            raise BadInput(self.record.error or f"`training {phase}` refused its input: see the log")
        if status == NO_ROOM:
            raise NoRoom(self.record.error or f"`training {phase}` found the disk full: see the log")
        if status == -signal.SIGKILL:
            raise TrainingEnded(
                f"`training {phase}` was killed, most often because the machine's memory was full: train on a "
                "machine with more of it, or with a smaller train.batch and a larger train.accumulate"
            )
        if status != 0:
            reason = self.record.error or "see the log"
            raise TrainingEnded(f"`training {phase}` ended with status {status}: {reason}")


class NoRoom(OSError):
    """The program found the disk full: the run is waited with, as with every row that meets a full disk."""


class TrainingEnded(Exception):
    """The program ended before it was finished; another attempt goes on where it stood."""
