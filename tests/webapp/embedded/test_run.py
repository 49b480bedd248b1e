"""`make run` as a person lives it: first start, an accident, Ctrl-C, second start."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from webapp.embedded.ports import free_port

pytestmark = [pytest.mark.server, pytest.mark.long]

PROJECT = Path(__file__).parents[3]
NAMED_BY_THE_TESTS = ("DATABASE_URL", "REDIS_URL", "CURSAL_SECRET_KEY", "CURSAL_STORAGE", "CURSAL_SCRATCH")


class Launcher:
    """A terminal in which the site is started; its state lies in a folder of the test's."""

    def __init__(self, folder):
        self.var = folder / "var"
        self.screen = folder / "screen.txt"
        self.port = free_port()
        own = {"CURSAL_VAR": str(self.var), "HOST": "127.0.0.1", "PORT": str(self.port), "CURSAL_HOSTS": ""}
        self.environment = {k: v for k, v in os.environ.items() if k not in NAMED_BY_THE_TESTS} | own
        self.process = None

    def start(self):
        with self.screen.open("w") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "webapp.embedded"],
                cwd=PROJECT,
                env=self.environment,
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for(lambda: "Ctrl-C stops everything." in self.screen.read_text())

    def wait_for(self, condition, within_s=180):
        deadline = time.monotonic() + within_s
        while not condition():
            assert self.process.poll() is None, self.screen.read_text()
            assert time.monotonic() < deadline, self.screen.read_text()
            time.sleep(0.1)

    def press_ctrl_c(self):
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=60)

    def processes(self):
        """Everything that runs for this state folder, by command line or by environment."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                seen = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
                if str(self.var).encode() in seen:
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue
        return found

    def pid_of(self, words):
        return min(pid for pid, command in self.processes().items() if words in command)

    def answers(self, path="/healthz"):
        address = f"http://127.0.0.1:{self.port}{path}"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            return error.code < 500
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture
def launcher(tmp_path):
    one = Launcher(tmp_path)
    yield one
    if one.process is not None and one.process.poll() is None:
        one.process.kill()
        one.process.wait()
        deadline = time.monotonic() + 30
        while one.processes() and time.monotonic() < deadline:  # the keeper is at work
            time.sleep(0.1)


@pytest.mark.long(90)
def test_start_accident_stop_second_start_and_sudden_death(launcher):
    launcher.start()
    screen = launcher.screen.read_text()
    password = re.search(r"admin with the password (\S{12,})", screen)
    assert password
    links = re.findall(r"^  (\w+) +(http://127\.0\.0\.1:\d+(/\S*))$", screen, flags=re.MULTILINE)
    assert [name for name, _, _ in links] == ["Observer", "Curator", "Researcher"]
    for _, _, path in links:
        assert launcher.answers(path)
    assert stat.S_IMODE((launcher.var / "secret-key").stat().st_mode) == 0o600

    # A child that dies is started again, and that is said.
    for words in ("gunicorn", "postgres -D", "--queues=ingest"):
        os.kill(launcher.pid_of(words), signal.SIGKILL)
        time.sleep(0.5)
    launcher.wait_for(
        lambda: launcher.screen.read_text().count("was ended by SIGKILL; starting it again") == 3
    )
    launcher.wait_for(launcher.answers)

    # A second launcher on the same state is sent away.
    second = subprocess.run(
        [sys.executable, "-m", "webapp.embedded"],
        cwd=PROJECT,
        env=launcher.environment,
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    assert second.stderr.startswith("error: Cursal already runs on")
    assert second.stderr.count("\n") == 1

    # Ctrl-C leaves nothing running and everything kept.
    assert launcher.press_ctrl_c() == 0
    assert launcher.processes() == {}
    with socket.socket() as visitor:
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        visitor.bind(("127.0.0.1", launcher.port))
        visitor.listen()

        # The port is taken now: the next start says so, and prints no password again.
        launcher.start()
        screen = launcher.screen.read_text()
        assert f"Port {launcher.port} is busy" in screen
        assert "password" not in screen

    # Even kill -9 leaves no process.
    launcher.process.kill()
    launcher.process.wait()
    deadline = time.monotonic() + 60
    while launcher.processes():
        assert time.monotonic() < deadline, launcher.processes()
        time.sleep(0.1)


def test_data_of_another_postgresql_is_refused_in_one_line(launcher):
    (launcher.var / "postgres").mkdir(parents=True)
    (launcher.var / "postgres" / "PG_VERSION").write_text("12\n")
    done = subprocess.run(
        [sys.executable, "-m", "webapp.embedded"],
        cwd=PROJECT,
        env=launcher.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "was made by PostgreSQL 12" in done.stderr
