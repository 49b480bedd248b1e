"""A run that was cancelled, or whose worker or machine died, goes on from its last checkpoint."""

import os
import subprocess
import sys
import tarfile
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from collector import blobs, work
from collector.work import WorkState
from tests.webapp.baselines.pretending import PRETEND, SUCCESS, steps
from webapp.baselines import folders
from webapp.baselines.folders import folder_locked, forget_finished_folders, output_folder, run_folder
from webapp.baselines.models import BaselineRun
from webapp.baselines.run_record import RunRecord
from webapp.baselines.services import keeping, run_request, supervising
from webapp.baselines.services.keeping import Keeper

PROMPTLY_S = 60
WORKER = """
import sys, django
django.setup()
from webapp.baselines import run_record
from webapp.baselines.services import keeping, supervising
keeping.LOOK_EVERY_S, keeping.KEEP_EVERY_S, run_record.WRITE_EVERY_S = 0.05, 0.0, 0.0
run = supervising.program.run
supervising.program.run = lambda argv, **rest: run([sys.executable, "-c", sys.argv[2], *argv[3:]], **rest)
supervising.run_make(int(sys.argv[1]))
"""


@pytest.fixture
def another_machine(settings, tmp_path):
    """From now on this is a machine that has never seen the run."""

    def another_machine():
        settings.SCRATCH_DIR = tmp_path / "scratch of another machine"

    return another_machine


@pytest.fixture
def cancelled(release, pretend, finished, monkeypatch):
    """A run that somebody cancelled after its third step."""
    monkeypatch.setattr(work, "HEARTBEAT_S", 0.05)
    run = run_request(release=release, config="small_net", device="cpu")
    heard = RunRecord.event

    def cancel_at_three(record, event):
        heard(record, event)
        if event.get("done") == 3:
            work.cancel(run)

    pretend(steps(pause_after=3))
    with monkeypatch.context() as patch:
        patch.setattr(RunRecord, "event", cancel_at_three)
        return finished(run)


@pytest.fixture
def claimed(release):
    """A run in the hands of this process."""

    def claimed(config="small_net"):
        run = run_request(release=release, config=config, device="cpu")
        return work.claim(BaselineRun, run.pk)

    return claimed


def save_checkpoint(run, text):
    output_folder(run.pk).mkdir(parents=True, exist_ok=True)
    (output_folder(run.pk) / "checkpoint.safetensors").write_text(text)


def kept_step(run):
    """The step at which the store's copy of the run was saved; None while it has none."""
    if not run.kept_sha256:
        return None
    with blobs.open_blob("products", run.kept_sha256) as file, tarfile.open(fileobj=file) as packed:
        (saved,) = (name for name in packed.getnames() if name.endswith("checkpoint.safetensors"))
        return int(packed.extractfile(saved).read())


def begun_at(run):
    return run.facts["train started"]["begun_at"]


@pytest.mark.parametrize("elsewhere", [False, True], ids=["on the same machine", "on another machine"])
def test_a_cancelled_run_is_resumed_from_its_checkpoint(
    cancelled, pretend, finished, another_machine, elsewhere
):
    assert cancelled.state == WorkState.CANCELLED
    assert cancelled.resumable
    kept = cancelled.kept_sha256
    assert blobs.size("products", kept) == cancelled.kept_bytes
    if elsewhere:
        another_machine()
    pretend(steps())
    assert cancelled.retry()
    run = finished(cancelled)
    assert run.state == WorkState.DONE, run.last_error
    assert begun_at(run) == 3
    assert run.curve[-1] == [10, 0.1]
    # The end of a run takes its checkpoint along.
    assert (run.kept_sha256, run.kept_bytes) == ("", 0)
    assert not blobs.exists("products", kept)


def test_a_run_begins_anew_where_its_checkpoint_is_lost_with_its_machine(
    cancelled, pretend, finished, another_machine
):
    blobs.remove("products", cancelled.kept_sha256)
    another_machine()
    pretend(steps())
    cancelled.retry()
    run = finished(cancelled)
    assert run.state == WorkState.DONE, run.last_error
    assert begun_at(run) == 0


def test_a_machine_goes_on_from_what_another_has_kept_and_not_from_its_own_older_checkpoint(
    cancelled, pretend, finished, another_machine, settings
):
    here = settings.SCRATCH_DIR
    another_machine()
    pretend(
        steps().replace("trained.write_text", "sys.exit(1) or trained.write_text")
    )  # after the tenth step
    cancelled.retry()
    run = finished(cancelled)
    assert run.state == WorkState.WAITING
    settings.SCRATCH_DIR = here
    pretend(steps())
    run = finished(run)
    assert run.state == WorkState.DONE, run.last_error
    assert begun_at(run) == 10


def test_a_run_whose_worker_was_killed_goes_on_wherever_there_is_another(
    release, pretend, finished, another_machine, settings
):
    run = run_request(release=release, config="small_net", device="cpu")
    connected = connection.settings_dict
    address = (
        f"postgresql://{connected['USER']}:{connected['PASSWORD']}@{connected['HOST']}:{connected['PORT']}"
    )
    environment = os.environ | {
        "DATABASE_URL": f"{address}/{connected['NAME']}",
        "CURSAL_STORAGE": settings.STORAGE_ROOT,
        "CURSAL_SCRATCH": str(settings.SCRATCH_DIR),
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(run.pk), PRETEND % steps(pause_after=3)], env=environment
    )
    try:
        deadline = time.monotonic() + PROMPTLY_S
        while not (run.curve and run.curve[-1][0] == kept_step(run) == 3):
            assert worker.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
            run.refresh_from_db()
    finally:
        worker.kill()
        worker.wait()
    assert run.state == WorkState.RUNNING
    assert not BaselineRun.due().exists()
    BaselineRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    another_machine()
    pretend(steps())
    run = finished(run)
    assert (run.state, run.attempt) == (WorkState.DONE, 2), run.last_error
    assert begun_at(run) == 3


def test_a_run_that_gets_further_each_time_is_not_given_up(release, pretend, finished, monkeypatch):
    monkeypatch.setattr(keeping, "LOOK_EVERY_S", 0.02)
    slow = steps().replace("step += 1", "step += 1; time.sleep(0.4)")
    pretend(slow.replace("if told:", "if step == begun_at + 2: sys.exit(1)\n        if told:"))
    run = run_request(release=release, config="small_net", device="cpu")
    attempts = 0
    while finished(run).state == WorkState.WAITING:
        attempts += 1
        assert attempts < 10
    assert run.state == WorkState.DONE, run.last_error
    assert attempts > work.MAX_ATTEMPTS


def test_a_run_that_breaks_off_at_the_same_step_each_time_is_given_up(
    release, pretend, finished, monkeypatch
):
    monkeypatch.setattr(keeping, "LOOK_EVERY_S", 0.02)
    pretend(steps().replace("step += 1", "step += 1; time.sleep(0.1); step > 3 and sys.exit(1)"))
    run = run_request(release=release, config="small_net", device="cpu")
    for _ in range(work.MAX_ATTEMPTS):
        finished(run)
    assert run.state == WorkState.FAILED
    assert run.resumable


def test_of_a_run_one_checkpoint_is_kept_the_newest(claimed, tmp_path):
    run = claimed()
    keeper = Keeper(run, tmp_path)
    keeper.keep()
    assert not run.kept_sha256  # there is nothing yet
    save_checkpoint(run, "step 1")
    keeper.keep()
    first, at = run.kept_sha256, run.kept_at
    keeper.keep()
    assert (run.kept_sha256, run.kept_at) == (first, at)
    save_checkpoint(run, "step two")
    keeper.keep()
    assert run.kept_sha256 != first
    assert not blobs.exists("products", first)


def test_a_kept_file_that_another_run_shares_stays(claimed, tmp_path):
    runs = [claimed(), claimed()]
    keepers = [Keeper(run, tmp_path) for run in runs]
    for run, keeper in zip(runs, keepers, strict=True):
        save_checkpoint(run, "the same")
        keeper.keep()
    assert runs[0].kept_sha256 == runs[1].kept_sha256
    save_checkpoint(runs[0], "another")
    keepers[0].keep()
    assert blobs.exists("products", runs[1].kept_sha256)


def test_what_is_too_large_is_not_kept(claimed, tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "MAX_BYTES", 5)
    run = claimed()
    keeper = Keeper(run, tmp_path)
    save_checkpoint(run, "six by")
    keeper.keep()
    assert not run.kept_sha256


def test_decoded_clips_and_half_written_files_are_not_kept(claimed, tmp_path):
    run = claimed()
    save_checkpoint(run, "step 1")
    output = output_folder(run.pk)
    (output / "cache").mkdir()
    (output / "cache" / "clip.npy").write_text("large")
    for name in (".checkpoint.safetensors.part", "config.part", "lock", "config.json"):
        (output / name).write_text("text")
    keeper = Keeper(run, tmp_path)
    save_checkpoint(run, "step 22")
    keeper.keep()
    target = tmp_path / "kept.tar"
    blobs.fetch("products", run.kept_sha256, target)
    listed = subprocess.run(["tar", "tf", target], check=True, capture_output=True, text=True)
    assert listed.stdout.split() == ["checkpoint.safetensors", "config.json"]


def test_a_worker_whose_run_is_in_other_hands_keeps_nothing(claimed, tmp_path):
    run = claimed()
    keeper = Keeper(run, tmp_path)
    save_checkpoint(run, "step 1")
    BaselineRun.objects.filter(pk=run.pk).update(lease_token=None)
    keeper.keep()
    run.refresh_from_db()
    assert not run.kept_sha256


def test_folders_go_with_their_runs_and_those_of_stopped_runs_after_a_week(cancelled, release, monkeypatch):
    cache = output_folder(cancelled.pk) / "cache"
    cache.mkdir()
    waiting = run_request(release=release, config="small_net")
    for pk in (waiting.pk, 10**6):
        run_folder(pk).mkdir(parents=True)
    with folder_locked(run_folder(cancelled.pk), within_s=0):
        forget_finished_folders()  # its worker is still ending it
    assert cache.exists()
    forget_finished_folders()
    assert not cache.exists()
    assert (output_folder(cancelled.pk) / "checkpoint.safetensors").exists()
    assert run_folder(waiting.pk).exists()
    assert not run_folder(10**6).exists()
    monkeypatch.setattr(folders, "KEEP_STOPPED", timedelta(0))
    forget_finished_folders()
    assert not run_folder(cancelled.pk).exists()


def test_a_checkpoint_that_nobody_came_back_for_leaves_the_store_after_a_week(cancelled):
    kept = cancelled.kept_sha256
    keeping.kept_forget()
    assert blobs.exists("products", kept)
    BaselineRun.objects.update(finished_at=timezone.now() - folders.KEEP_STOPPED)
    keeping.kept_forget()
    cancelled.refresh_from_db()
    assert not cancelled.resumable
    assert not blobs.exists("products", kept)


def test_a_run_waits_while_its_last_attempt_is_still_ending_here(release, pretend, finished, monkeypatch):
    monkeypatch.setattr(supervising, "EARLIER_ENDS_WITHIN_S", 0)
    pretend(SUCCESS)
    run = run_request(release=release, config="small_net", device="cpu")
    with folder_locked(run_folder(run.pk), within_s=0):
        assert finished(run).state == WorkState.WAITING
        assert run.waiting_for == "the end of its last attempt on this machine"
    assert finished(run).state == WorkState.DONE
