"""Where runs live on this machine, from their first attempt until they will not go on."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from collector.work import WorkState
from webapp.baselines.models import BaselineRun

KEEP_STOPPED = timedelta(days=7)  # a run that failed or was cancelled can be resumed for so long
LOOK_EVERY_S = 0.2


def run_folder(run_id: int) -> Path:
    """Where a run keeps its checkpoint and its log on this machine."""
    return Path(settings.SCRATCH_DIR) / "runs" / str(run_id)


def output_folder(run_id: int) -> Path:
    """The part of it that belongs to the training program."""
    return run_folder(run_id) / "run"


@contextmanager
def folder_locked(folder: Path, *, within_s: float) -> Iterator[bool]:
    """Keep other workers of this machine out of a run's folder, which is made; yields False when one stays inside.

    The lock goes with the process that holds it, however that ends.
    """
    until = time.monotonic() + within_s
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            if _locked(lock.fileno(), folder / "lock"):
                yield True
                return
        if time.monotonic() >= until:
            yield False
            return
        time.sleep(LOOK_EVERY_S)


def _locked(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.stat())  # else it was removed while we waited
    except (BlockingIOError, FileNotFoundError):
        return False


def forget_finished_folders() -> None:
    """Remove the folders of runs that will not go on, and what was decoded for those that are stopped.

    Those of other machines go when these machines look.
    """
    folders = {int(folder.name): folder for folder in run_folder(0).parent.glob("[0-9]*")}
    runs = dict(BaselineRun.objects.filter(pk__in=folders).values_list("pk", "state"))
    stopped_lately = set(
        BaselineRun.objects.filter(
            pk__in=folders,
            state__in=[WorkState.FAILED, WorkState.CANCELLED],
            finished_at__gt=timezone.now() - KEEP_STOPPED,
        ).values_list("pk", flat=True)
    )
    for pk, folder in folders.items():
        if runs.get(pk) in (WorkState.WAITING, WorkState.RUNNING):
            continue
        gone = output_folder(pk) / "cache" if pk in stopped_lately else folder
        if not gone.exists():
            continue
        with folder_locked(folder, within_s=0) as locked:
            if locked:  # else a worker is still ending it
                shutil.rmtree(gone, ignore_errors=True)
