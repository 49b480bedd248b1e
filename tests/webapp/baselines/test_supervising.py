import sys
from pathlib import Path
from uuid import uuid4

import pytest
import torch

from collector import blobs, work
from collector.work import WorkState
from processing.errors import BadInput
from processing.release import unpack
from tests.webapp.leaderboard.submissions import run as run_evaluation
from training import predictor
from training.run_folder import RunFolder
from webapp.baselines.models import BaselineRun
from webapp.baselines.run_record import CURVE_POINTS, RunRecord
from webapp.baselines.selectors import runs_of
from webapp.baselines.services import run_request, supervising
from webapp.baselines.services.supervising import run_folder, run_make
from webapp.leaderboard.models import Evaluation, Submission

PRETEND = """
import json, pathlib, sys
arguments = sys.argv[1:]
out = pathlib.Path(arguments[arguments.index("--out") + 1])
out.mkdir(parents=True, exist_ok=True)
print(json.dumps({"event": "started", "phase": arguments[0]}), flush=True)
%s
"""


@pytest.fixture
def release(scene):
    return scene.released(scene.study(clips=3), scene.recipe())


@pytest.fixture
def pretend(monkeypatch):
    """Put a few lines in the place of the training program."""
    run = supervising.program.run

    def pretend(lines):
        def replaced(argv, **arguments):
            return run([sys.executable, "-c", PRETEND % lines, *argv[3:]], **arguments)

        monkeypatch.setattr(supervising.program, "run", replaced)

    return pretend


SUCCESS = """
(out / ("model.safetensors" if arguments[0] == "train" else "clip.mp4")).write_bytes(b"made up")
"""


def unpacked_model(run, tmp_path):
    packed = blobs.fetch("products", run.weights_sha256, tmp_path / "downloaded.zip")
    unpack(packed, tmp_path / "downloaded")
    return tmp_path / "downloaded"


def finished(run):
    run_make(run.pk)
    run.refresh_from_db()
    return run


@pytest.mark.long(30)
def test_the_centre_prior_trains_predicts_and_is_scored(release, tmp_path):
    run = finished(run_request(release=release, config="center_prior", device="cpu"))
    assert (run.state, run.phase, run.exit_status) == (WorkState.DONE, "finished", 0), run.last_error
    assert blobs.exists("products", run.log_sha256)
    folder = unpacked_model(run, tmp_path)
    assert {"config.json", "model_card.md", "model_card.json", "log.jsonl"} < {
        file.name for file in folder.iterdir()
    }
    assert predictor.load(RunFolder(folder), torch.device("cpu")).config.model == "center_prior"
    assert run.facts["train started"]["model"] == "center_prior"
    assert (run.submission.name, run.submission.kind) == ("center_prior", Submission.Kind.BASELINE)
    assert not run_folder(run.pk).exists()
    evaluation = run.submission.evaluations.get()
    run_evaluation(evaluation)
    assert evaluation.state == WorkState.DONE, evaluation.last_error
    assert -1 < evaluation.cc < 1


def test_of_a_run_that_was_stored_before_the_weights_alone_are_downloaded(release, pretend, tmp_path):
    pretend(SUCCESS)
    run = finished(run_request(release=release, config="center_prior", device="cpu"))
    assert [file.name for file in unpacked_model(run, tmp_path).iterdir()] == ["model.safetensors"]
    assert run.weights_name == f"center_prior-run-{run.pk}.zip"
    del run.facts[BaselineRun.STORED]
    assert run.weights_name == f"center_prior-run-{run.pk}.safetensors"


def test_a_finished_run_does_not_run_again(release, pretend):
    pretend(SUCCESS)
    run = finished(run_request(release=release, config="center_prior", device="cpu"))
    assert run.state == WorkState.DONE, run.last_error
    again = finished(BaselineRun.objects.get(pk=run.pk))
    assert again.finished_at == run.finished_at
    assert Submission.objects.count() == Evaluation.objects.count() == 1


def test_input_that_the_program_refuses_fails_for_good_with_its_line(release, pretend):
    pretend(
        "print(json.dumps({'event': 'error', 'message': 'there is no configuration no_such_net'}))\n"
        "raise SystemExit(2)"
    )
    run = finished(run_request(release=release, config="no_such_net"))
    assert (run.state, run.attempt, run.exit_status) == (WorkState.FAILED, 1, 2)
    assert "no_such_net" in run.last_error
    assert not Submission.objects.exists()


def test_a_full_disk_that_the_program_meets_costs_no_attempt(release, pretend):
    pretend(
        "print(json.dumps({'event': 'error', 'message': 'cannot write it; make room'}))\nraise SystemExit(74)"
    )
    run = run_request(release=release, config="center_prior", device="cpu")
    for _ in range(work.MAX_ATTEMPTS + 1):
        finished(run)
        assert (run.state, run.attempt, run.exit_status) == (WorkState.WAITING, 0, 74)
    assert run.last_error == "waits for room on the disk, or for the store: cannot write it; make room"


def test_a_program_that_the_kernel_kills_is_told_what_most_often_kills(release, pretend):
    pretend("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    run = finished(run_request(release=release, config="center_prior", device="cpu"))
    assert (run.state, run.attempt, run.exit_status) == (WorkState.WAITING, 1, -9)
    assert "memory was full" in run.last_error and "smaller train.batch" in run.last_error


def test_a_run_that_asks_for_a_gpu_waits_and_says_so(release, monkeypatch):
    monkeypatch.setattr(supervising, "gpus", list)
    run = finished(run_request(release=release, config="center_prior", device="gpu"))
    assert (run.state, run.attempt) == (WorkState.WAITING, 0)
    assert run.waiting_for == "a GPU on a train worker"


def test_a_run_that_was_stopped_goes_on_in_its_folder(release, pretend):
    pretend("raise SystemExit(75)")
    run = finished(run_request(release=release, config="center_prior", device="cpu"))
    assert (run.state, run.exit_status) == (WorkState.WAITING, 75)
    assert run_folder(run.pk).exists()


def test_a_program_that_keeps_crashing_fails_with_its_reason_and_its_log(release, pretend):
    pretend("print('so far so good', file=sys.stderr); sys.stderr.flush(); import os; os.abort()")
    run = run_request(release=release, config="center_prior", device="cpu")
    for _ in range(work.MAX_ATTEMPTS):
        finished(run)
    assert run.state == WorkState.FAILED
    assert "status -6" in run.last_error
    assert "so far so good" in run.log_tail


def test_a_cancelled_run_ends_its_program_and_writes_nothing(release, pretend):
    pretend(
        "import time\n"
        "for step in range(10 ** 6):\n"
        "    event = {'event': 'progress', 'phase': 'train', 'done': step, 'total': 0, 'loss': 1.0}\n"
        "    print(json.dumps(event), flush=True)\n"
        "    time.sleep(0.05)\n"
    )
    run = run_request(release=release, config="center_prior", device="cpu")
    phase = RunRecord.phase

    def cancel_when_training(record, name):
        phase(record, name)
        if name == "train":
            assert work.cancel(run)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunRecord, "phase", cancel_when_training)
        finished(run)
    assert run.state == WorkState.CANCELLED
    assert run.submission is None
    assert blobs.exists("products", run.log_sha256)


def test_a_worker_that_lost_its_lease_hands_nothing_in(release, pretend, monkeypatch):
    pretend(SUCCESS)
    run = run_request(release=release, config="center_prior", device="cpu")
    hand_in = supervising._hand_in

    def late(*arguments):
        BaselineRun.objects.filter(pk=run.pk).update(lease_token=uuid4())
        hand_in(*arguments)

    monkeypatch.setattr(supervising, "_hand_in", late)
    finished(run)
    assert run.state == WorkState.RUNNING
    assert run.submission is None
    assert not Submission.objects.exists()


def test_runs_need_a_finished_release_and_a_device_that_exists(release):
    with pytest.raises(BadInput, match="no device 'abacus'"):
        run_request(release=release, config="center_prior", device="abacus")
    type(release).objects.filter(pk=release.pk).update(state=WorkState.FAILED)
    release.refresh_from_db()
    with pytest.raises(BadInput, match="not finished"):
        run_request(release=release, config="center_prior")
    assert not runs_of(release).exists()


def test_the_curve_stays_short_and_a_resumed_run_overwrites_what_it_repeats(release, tmp_path):
    run_request(release=release, config="small_net")
    run = work.claim(BaselineRun, BaselineRun.objects.get().pk)
    record = RunRecord(run, Path(tmp_path / "log.txt"), tmp_path)

    def progress(step, loss):
        record.event({"event": "progress", "phase": "train", "done": step, "total": 1000, "loss": loss})

    for step in range(1, 1001):
        progress(step, 1.0)
    steps = [step for step, _ in run.curve]
    assert len(steps) <= CURVE_POINTS
    assert steps == sorted(steps)
    progress(500, 2.0)
    progress(1000, 3.0)
    assert run.curve[-2:] == [[500, 2.0], [1000, 3.0]]
