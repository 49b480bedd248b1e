"""What a run needs to go on elsewhere is kept among the products, so that it outlives the machine it runs on.

On the machine itself a run goes on from its own folder, which is never older. The kept file is a tar of what lies in
the program's folder: checkpoint or finished model, configuration, record; not the decoded clips, which the next
machine makes again. There is one for each run: the newer takes the place of the older, and the end of the run removes
it, or a week in which nobody resumed it.
"""

import logging
import shutil
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.utils import timezone

from collector import blobs
from collector.blobs import BlobDamaged
from collector.work import WorkState
from webapp.baselines.folders import KEEP_STOPPED, output_folder, run_folder
from webapp.baselines.models import BaselineRun
from webapp.baselines.run_record import write_last

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
KEEP_EVERY_S = 600.0
KEEP_SHARE = 0.05  # of the time, at most, goes into keeping: large checkpoints are kept less often
MAX_BYTES = 8 * 2**30  # a ViT-L with its averages and Adam's two moments takes 5 GB

Mark = tuple[tuple[str, int, int], ...]


class Keeper:
    """Keeps the folder of one claimed run; `scratch` is where the tar is made."""

    def __init__(self, run: BaselineRun, scratch: Path) -> None:
        self._run = run
        self._scratch = scratch
        self._output = output_folder(run.pk)
        self._last_kept = (
            run_folder(run.pk) / "kept"
        )  # digest of the tar that this folder went into or came from
        self._seen = self._kept = self._mark()
        self._due = time.monotonic() + KEEP_EVERY_S
        self._reached = int(run.curve[-1][0]) if run.curve else 0

    def restore(self) -> None:
        """Take over what another machine has kept, when it is not what this folder began with itself."""
        sha256 = self._run.kept_sha256
        if not sha256 or (self._last_kept.exists() and self._last_kept.read_text() == sha256):
            return
        if not blobs.exists("products", sha256):
            log.warning(
                "%s: its checkpoint is gone from the store; it begins where this machine stands", self._run
            )
            return
        try:
            packed = blobs.fetch("products", sha256, self._scratch / "kept.tar")
        except BlobDamaged as damage:
            log.warning("%s: %s; it begins where this machine stands", self._run, damage)
            return
        shutil.rmtree(self._output, ignore_errors=True)
        self._output.mkdir(parents=True)
        with tarfile.open(packed) as tar:
            tar.extractall(self._output, filter="data")
        packed.unlink()
        self._last_kept.write_text(sha256)
        self._seen = self._kept = self._mark()

    @contextmanager
    def watching(self, step: Callable[[], int]) -> Iterator[None]:
        """Keep checkpoints from a thread of its own while the block runs; `step` says how far training is."""
        stop = threading.Event()

        def watch() -> None:
            said = step()
            try:
                over = False
                while not over:  # a last look at the end: what was saved since the one before counts too
                    over = stop.wait(LOOK_EVERY_S)
                    # A checkpoint that is new now was written after what was said at the last look.
                    said_before, said = said, step()
                    try:
                        self._look(said_before)
                    except Exception:
                        log.exception("%s: its checkpoint could not be kept; the training goes on", self._run)
                        self._due = time.monotonic() + KEEP_EVERY_S
            finally:
                connection.close()  # this thread's own connection

        thread = threading.Thread(target=watch, name=f"keeper-{self._run.pk}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def keep(self) -> None:
        """Keep the folder as it is now, if it holds anything new."""
        mark = self._mark()
        if not mark or mark == self._kept:
            return
        if sum(size for _, size, _ in mark) > MAX_BYTES:
            log.warning("%s: checkpoints above %d GiB are not kept", self._run, MAX_BYTES // 2**30)
            self._kept = mark
            return
        packed = self._scratch / "keep.tar"
        _pack(self._output, packed)
        blob = blobs.store("products", packed)
        packed.unlink()
        before = self._run.kept_sha256
        kept = write_last(self._run, kept_sha256=blob.sha256, kept_bytes=blob.bytes, kept_at=timezone.now())
        if kept:
            self._last_kept.write_text(blob.sha256)
            self._kept = mark
        kept_drop(before if kept else blob.sha256)

    def _look(self, said_before: int) -> None:
        mark = self._mark()
        if mark != self._seen:
            self._seen = mark
            if said_before > self._reached and self._run.attempt > 1:
                # It has saved steps that no earlier attempt had reached: whatever broke those off is behind it.
                write_last(self._run, attempt=1)
        if time.monotonic() >= self._due:
            began = time.monotonic()
            self.keep()
            took = time.monotonic() - began
            self._due = time.monotonic() + max(KEEP_EVERY_S, took / KEEP_SHARE)

    def _mark(self) -> Mark:
        """Changes whenever a checkpoint or a model is written; empty before the first."""
        files = [
            (file.name, file.stat()) for file in written_files(self._output) if file.suffix == ".safetensors"
        ]
        return tuple((name, found.st_size, found.st_mtime_ns) for name, found in files)


def kept_drop(sha256: str) -> None:
    """Delete a kept tar that no run names any more: equal runs may have equal ones, and these are stored once."""
    if sha256 and not BaselineRun.objects.filter(kept_sha256=sha256).exists():
        blobs.remove("products", sha256)


def kept_forget() -> None:
    """Let go of what was kept for runs that were stopped so long ago that nobody resumes them."""
    stopped = BaselineRun.objects.filter(
        state__in=[WorkState.FAILED, WorkState.CANCELLED], finished_at__lt=timezone.now() - KEEP_STOPPED
    ).exclude(kept_sha256="")
    for pk, sha256 in stopped.values_list("pk", "kept_sha256"):
        if stopped.filter(pk=pk).update(kept_sha256="", kept_bytes=0, kept_at=None):
            kept_drop(sha256)


def written_files(output: Path) -> list[Path]:
    """The files of a run folder that are written whole or line by line; hidden ones are half-written.

    The checkpoint comes first: what is read after it may be newer, and the steps that are repeated write it again.
    """
    found = [
        file
        for file in output.glob("*")
        if file.is_file() and not file.name.startswith(".") and file.name != "lock" and file.suffix != ".part"
    ]
    return sorted(found, key=lambda file: (file.stem != "checkpoint", file.name))


def _pack(output: Path, target: Path) -> None:
    with tarfile.open(target, "w") as tar:
        for file in written_files(output):
            with file.open("rb") as opened:
                # Of the open file: its name may stand for a newer one at any moment.
                entry = tar.gettarinfo(arcname=file.name, fileobj=opened)
                entry.mtime = entry.uid = entry.gid = 0
                entry.uname = entry.gname = ""
                tar.addfile(entry, opened)
