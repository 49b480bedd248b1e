"""Several processes: what one of them meets stays with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from processing.scoring.workers import Died, in_processes

pytestmark = pytest.mark.long


def work(task, count):
    """What the processes are asked to do in these tests."""
    kind, number = task
    count()
    if kind == "die":
        os._exit(number)
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "interrupted":
        os.kill(os.getpid(), signal.SIGINT)
    if kind == "fault":
        raise ZeroDivisionError(number)
    return number * 2, os.getpid()


def test_every_task_is_answered_and_counted():
    counted = []
    tasks = [("double", number) for number in range(7)]
    found = dict(in_processes(work, tasks, 2, counted.append))
    assert {task: answer[0] for task, answer in found.items()} == {task: task[1] * 2 for task in tasks}
    assert 1 <= len({answer[1] for answer in found.values()}) <= 2
    assert os.getpid() not in {answer[1] for answer in found.values()}
    assert counted[-1] == 7


def test_a_process_that_dies_costs_its_own_task():
    tasks = [("double", 1), ("die", 3), ("killed", 0), ("double", 2)]
    found = dict(in_processes(work, tasks, 2, lambda steps: None))
    assert found["die", 3] == Died(("die", 3), 3)
    assert found["killed", 0] == Died(("killed", 0), -signal.SIGKILL)
    assert found["double", 1][0] == 2 and found["double", 2][0] == 4


def test_ctrl_c_is_for_the_one_that_started_the_processes():
    found = dict(in_processes(work, [("interrupted", 1), ("double", 2)], 1, lambda steps: None))
    assert [answer[0] for answer in found.values()] == [2, 4]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_fault_of_the_program_is_not_hidden():
    with pytest.raises(ZeroDivisionError, match="5"):
        list(in_processes(work, [("fault", 5)], 1, lambda steps: None))


PROGRAM = """
import time
from processing.scoring.workers import in_processes

def work(task, count):
    import os, pathlib
    pathlib.Path(task).write_text(str(os.getpid()))
    time.sleep(600)

if __name__ == "__main__":
    import sys
    list(in_processes(work, sys.argv[1:], 2, lambda steps: None))
"""


def test_processes_end_when_the_one_that_started_them_is_killed(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    notes = [tmp_path / "a", tmp_path / "b"]
    here = Path(__file__).parents[3]
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "program.py", *notes], env=os.environ | {"PYTHONPATH": str(here)}
    )
    wait_for(lambda: all(note.is_file() and note.read_text() for note in notes))
    children = [int(note.read_text()) for note in notes]
    parent.kill()
    parent.wait()
    wait_for(lambda: not any(alive(child) for child in children))


def wait_for(condition, limit_s=60):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False
