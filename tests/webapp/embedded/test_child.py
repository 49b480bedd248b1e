import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from webapp.embedded import orphans
from webapp.embedded.child import Child, stop_all
from webapp.embedded.keeper import Keeper
from webapp.embedded.watch import Complaints, Guarded


@pytest.fixture
def keeper():
    opened = Keeper()
    yield opened
    opened.close()


@pytest.fixture
def child(tmp_path, keeper):
    made = []

    def make(script, name="child"):
        one = Child(
            name, ["sh", "-c", script], log=tmp_path / f"{name}.log", environment=os.environ, keeper=keeper
        )
        made.append(one)
        return one

    yield make
    stop_all(made, within_s=1)


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def lives(pid):
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_its_output_goes_to_the_log(child):
    one = child("echo working; echo broken >&2; exit 3")
    one.start()
    wait_for(lambda: not one.is_running)
    assert one.last_words() == "broken"
    assert one.how_it_ended() == "ended with status 3"


def test_what_it_started_ends_with_it(child, tmp_path):
    one = child(f"sleep 600 & echo $! > {tmp_path}/pid; wait")
    one.start()
    wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    grandchild = int((tmp_path / "pid").read_text())
    stop_all([one], within_s=5)
    wait_for(lambda: not lives(grandchild))
    assert not one.is_running


def test_who_will_not_stop_is_killed(child, tmp_path):
    one = child(f"trap '' TERM; touch {tmp_path}/ready; while :; do sleep 0.1; done")
    one.start()
    wait_for((tmp_path / "ready").exists)
    stop_all([one], within_s=0.2)
    assert one.how_it_ended() == "was ended by SIGKILL"


def test_a_long_log_is_put_aside(child, monkeypatch):
    monkeypatch.setattr("webapp.embedded.child.LOG_BYTES", 10)
    one = child("echo a line that is longer than that")
    one.start()
    wait_for(lambda: not one.is_running)
    one.start()
    wait_for(lambda: not one.is_running)
    assert one.log.with_suffix(".log.old").exists()
    assert one.log.read_text().count("\n") == 1


def test_the_keeper_ends_them_when_the_launcher_was_killed(tmp_path):
    launcher = f"""
import os, signal, time
from pathlib import Path
from webapp.embedded.child import Child
from webapp.embedded.keeper import Keeper
child = Child("c", ["sleep", "600"], log=Path({str(tmp_path)!r}) / "log", environment=os.environ, keeper=Keeper())
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""
    started = subprocess.Popen([sys.executable, "-c", launcher], stdout=subprocess.PIPE, text=True)
    pid = int(started.stdout.readline())
    assert lives(pid)
    started.kill()
    started.wait()
    wait_for(lambda: not lives(pid))


def test_a_child_that_dies_is_started_again_and_that_is_said(child, monkeypatch):
    monkeypatch.setattr("webapp.embedded.watch.FIRST_DELAY_S", 0.01)
    said = []
    one = child("exec sleep 600", name="web")
    one.start()
    guarded = Guarded(one, said.append)
    first = one.pid
    os.kill(first, 9)
    wait_for(lambda: not one.is_running)
    wait_for(lambda: guarded.look() or (one.is_running and one.pid != first))
    assert len(said) == 1
    assert said[0].startswith("web was ended by SIGKILL; starting it again in 0.01 s")


def test_who_dies_again_and_again_is_started_less_and_less_often(child, monkeypatch):
    monkeypatch.setattr("webapp.embedded.watch.FIRST_DELAY_S", 0.01)
    monkeypatch.setattr("webapp.embedded.watch.LONGEST_DELAY_S", 0.04)
    said = []
    one = child("exit 1", name="web")
    one.start()
    guarded = Guarded(one, said.append)
    wait_for(lambda: guarded.look() or len(said) == 5)
    waits = [line.split(" in ")[1].split(" s ")[0] for line in said]
    assert waits == ["0.01", "0.02", "0.04", "0.04", "0.04"]


def test_errors_in_a_log_are_shown_and_the_rest_is_not(child):
    one = child("", name="build")
    one.log.write_text("before ERROR old\n")
    complaints = Complaints([one])
    with one.log.open("a") as log:
        log.write("12:00 INFO all is well\n12:01 ERROR the disk is full\nFATAL: half a li")
    assert complaints.new() == ["build: 12:01 ERROR the disk is full"]
    with one.log.open("a") as log:
        log.write("ne\n")
    assert complaints.new() == ["build: FATAL: half a line"]
    assert complaints.new() == []


def test_orphans_leave_no_zombies(tmp_path):
    mother = f"""
import os, subprocess, time
from webapp.embedded import orphans
orphans.adopt()
subprocess.run(["sh", "-c", "sh -c 'echo $$ > {tmp_path}/pid' & exit"], check=True)
while not os.path.exists("{tmp_path}/pid") or not open("{tmp_path}/pid").read(): time.sleep(0.01)
pid = int(open("{tmp_path}/pid").read())
while os.path.exists(f"/proc/{{pid}}"):
    orphans.reap(known=[])
    time.sleep(0.01)
print("gone")
"""
    done = subprocess.run([sys.executable, "-c", mother], capture_output=True, text=True, timeout=60)
    assert done.stdout == "gone\n", done.stderr


def test_known_children_are_left_to_their_own_wait():
    child = subprocess.Popen(["sh", "-c", "exit 7"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    orphans.reap(known=[child.pid])
    assert child.wait() == 7
