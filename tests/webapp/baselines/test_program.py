import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from webapp.baselines import program

PROMPTLY_S = 30


@pytest.fixture
def run(tmp_path):
    def run(source, *, on_event=lambda event: None, stop=None):
        return program.run(
            [sys.executable, "-c", source],
            log=tmp_path / "log.txt",
            pid_file=tmp_path / "pid",
            on_event=on_event,
            stop=stop or threading.Event(),
            environment={"PATH": os.environ["PATH"]},
        )

    return run


def is_gone(pid):
    deadline = time.monotonic() + PROMPTLY_S
    while time.monotonic() < deadline:
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_events_arrive_in_order_and_everything_else_is_logged(run, tmp_path):
    heard = []
    status = run(
        "import sys\n"
        """print('{"event": "progress", "done": 1}')\n"""
        "print('a plain line')\n"
        "print('[1, 2]')\n"
        "print('to stderr', file=sys.stderr)\n"
        """print('{"event": "finished"}')\n""",
        on_event=lambda event: heard.append(event["event"]),
    )
    assert status == 0
    assert heard == ["progress", "finished"]
    log = (tmp_path / "log.txt").read_text()
    assert all(line in log for line in ("a plain line", "[1, 2]", "to stderr"))
    assert not (tmp_path / "pid").exists()


def test_the_exit_status_and_the_signal_are_told(run):
    assert run("raise SystemExit(75)") == 75
    assert run("import os; os.kill(os.getpid(), 9)") == -signal.SIGKILL


def test_the_program_knows_only_the_environment_that_it_was_given(run, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "secret")
    assert run("import os; raise SystemExit('DATABASE_URL' in os.environ)") == 0


def test_it_ends_when_told_so_and_may_say_goodbye(run):
    stop = threading.Event()
    source = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))\n"
        """print('{"event": "started"}', flush=True)\n"""
        "time.sleep(600)"
    )
    assert run(source, on_event=lambda event: stop.set(), stop=stop) == 75


def test_it_is_killed_when_it_does_not_listen_and_so_is_its_child(run, tmp_path, monkeypatch):
    monkeypatch.setattr(program, "STOP_WITHIN_S", 0.2)
    stop, pids = threading.Event(), []
    source = (
        "import json, os, signal, subprocess, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "print(json.dumps({'event': 'started', 'pids': [os.getpid(), child.pid]}), flush=True)\n"
        "time.sleep(600)"
    )

    def heard(event):
        pids.extend(event["pids"])
        stop.set()

    assert run(source, on_event=heard, stop=stop) == -signal.SIGKILL
    assert all(is_gone(pid) for pid in pids)


def test_it_ends_when_listening_fails(run):
    pids = []

    def heard(event):
        pids.append(event["pid"])
        raise RuntimeError("the row is no longer ours")

    with pytest.raises(RuntimeError, match="no longer ours"):
        run(
            "import json, os, time\n"
            "print(json.dumps({'event': 'started', 'pid': os.getpid()}), flush=True)\n"
            "time.sleep(600)",
            on_event=heard,
        )
    assert is_gone(pids[0])


def test_it_dies_with_its_parent(tmp_path):
    source = (
        "import sys, threading; from pathlib import Path; from webapp.baselines import program\n"
        "program.run([sys.executable, '-c', 'import time; time.sleep(600)'], log=Path('log.txt'),\n"
        "    pid_file=Path('pid'), on_event=print, stop=threading.Event(), environment={})\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", source], cwd=tmp_path)
    deadline = time.monotonic() + PROMPTLY_S
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child = int((tmp_path / "pid").read_text())
    parent.kill()
    parent.wait()
    assert is_gone(child)


def test_a_leftover_is_ended_only_if_it_is_ours(tmp_path):
    pid_file = tmp_path / "pid"
    leftover = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)", str(tmp_path)], start_new_session=True
    )
    pid_file.write_text(str(leftover.pid))
    while str(tmp_path) not in Path(f"/proc/{leftover.pid}/cmdline").read_text():
        time.sleep(0.01)  # the kernel fills it in a moment after the start
    program.end_leftover(pid_file, "another folder")
    assert leftover.poll() is None
    program.end_leftover(pid_file, str(tmp_path))
    assert leftover.wait(PROMPTLY_S) == -signal.SIGKILL
    program.end_leftover(pid_file, str(tmp_path))
    program.end_leftover(tmp_path / "never written", str(tmp_path))
