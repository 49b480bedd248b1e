"""One run a GPU."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from collector import work
from collector.work import WorkState
from tests.webapp.baselines.pretending import SUCCESS
from webapp.baselines.gpu import Gpu, gpus
from webapp.baselines.models import BaselineRun
from webapp.baselines.services import run_request, supervising
from webapp.baselines.services.gpus import gpu_release, gpu_take, gpu_wait

FIRST, SECOND = Gpu("GPU-1111", "Large One"), Gpu("GPU-2222", "Small, Old One")
LISTED = "0, GPU-1111, Large One\n1, GPU-2222, Small, Old One\n"


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Put a program in the place of nvidia-smi."""

    def driver(lines):
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o755)

    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return driver


@pytest.fixture
def machine(monkeypatch):
    """Say which GPUs this machine has."""
    return lambda *found: monkeypatch.setattr(supervising, "gpus", lambda: list(found))


@pytest.fixture
def holding(release):
    """A run at work on a GPU."""

    def holding(gpu):
        run = work.claim(BaselineRun, run_request(release=release, config="small_net").pk)
        assert gpu_take(run, [gpu]) == gpu
        return run

    return holding


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (f"printf '{LISTED}'", [FIRST, SECOND]),
        ("exit 9", []),
        ("echo 'No devices were found'", []),
        (f"printf '{LISTED}'; exit 9", []),
    ],
)
def test_gpus_are_those_that_the_driver_lists(driver, answer, found):
    driver(answer)
    assert gpus() == found


@pytest.mark.parametrize(
    ("visible", "found"),
    [
        ("", []),
        ("-1", []),
        ("1", [SECOND]),
        ("1,0", [SECOND, FIRST]),
        ("0,7,1", [FIRST]),
        ("GPU-2222", [SECOND]),
        ("MIG-3333", [Gpu("MIG-3333", "part of a GPU")]),
    ],
)
def test_gpus_that_are_hidden_are_not_used(driver, monkeypatch, visible, found):
    driver(f"printf '{LISTED}'")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus() == found


def test_two_runs_take_one_gpu_each_and_a_third_waits(release, pretend, finished, machine, holding):
    machine(FIRST, SECOND)
    other = holding(FIRST)
    calls = pretend(SUCCESS)
    run = finished(run_request(release=release, config="small_net", device="gpu"))
    assert run.state == WorkState.DONE, run.last_error
    assert {environment["CUDA_VISIBLE_DEVICES"] for _, environment in calls} == {"GPU-2222"}
    assert {arguments[-1] for arguments, _ in calls} == {"gpu"}
    assert run.place.endswith("Small, Old One")
    assert run.gpu == ""
    holding(SECOND)
    third = finished(run_request(release=release, config="small_net"))
    assert (third.state, third.attempt) == (WorkState.WAITING, 0)
    assert third.waiting_for == "a free GPU (2 at work)"
    work.complete(other)
    gpu_release(other, FIRST)
    assert finished(third).state == WorkState.DONE


def test_a_run_without_a_gpu_sees_none(release, pretend, finished, machine):
    machine(FIRST)
    calls = pretend(SUCCESS)
    finished(run_request(release=release, config="small_net", device="cpu"))
    machine()
    finished(run_request(release=release, config="small_net", device="any"))
    assert [environment["CUDA_VISIBLE_DEVICES"] for _, environment in calls] == [""] * 4
    assert {arguments[-1] for arguments, _ in calls} == {"cpu"}


def test_the_gpu_of_a_dead_worker_is_free_when_its_lease_has_run_out(release, holding):
    dead = holding(FIRST)
    run = run_request(release=release, config="small_net")
    assert gpu_wait(run, [FIRST])
    BaselineRun.objects.filter(pk=dead.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert not gpu_wait(run, [FIRST])
    assert gpu_take(work.claim(BaselineRun, run.pk), [FIRST]) == FIRST


def test_a_cancelled_run_holds_its_gpu_until_its_program_has_ended(release, holding):
    ending = holding(FIRST)
    work.cancel(ending)
    run = run_request(release=release, config="small_net")
    assert gpu_wait(run, [FIRST])
    gpu_release(ending, FIRST)
    assert not gpu_wait(run, [FIRST])


def test_a_run_that_came_too_late_for_the_last_gpu_is_given_back(
    release, pretend, finished, machine, holding, monkeypatch
):
    machine(FIRST)
    holding(FIRST)
    answers = iter(["", "a free GPU"])  # free when it looks, taken when it grasps
    monkeypatch.setattr(supervising, "gpu_wait", lambda run, found: next(answers))
    calls = pretend(SUCCESS)
    run = finished(run_request(release=release, config="small_net"))
    assert (run.state, run.attempt, run.waiting_for) == (WorkState.WAITING, 0, "a free GPU")
    assert not calls


def test_presets_are_listed_with_what_they_are_and_without_loading_the_program():
    source = (
        "import sys; from webapp.baselines.presets import presets\n"
        "print(*(preset.name for preset in presets() if preset.description and preset.model))\n"
        "assert not {'torch', 'training'} & set(sys.modules)"
    )
    listed = subprocess.run([sys.executable, "-c", source], check=True, capture_output=True, text=True)
    names = listed.stdout.split()
    assert {"center_prior", "demo", "small_net"} <= set(names)
    assert not [name for name in names if name.startswith("tiny")]  # nobody wants those but tests
