"""The site as `make run` starts it, in processes of its own, on the test's database."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg.conninfo
import pytest

from webapp.embedded.child import Child
from webapp.embedded.keeper import Keeper
from webapp.embedded.ports import LOOPBACK, free_port
from webapp.embedded.site import Program, background, web
from webapp.embedded.state import PROJECT, StateFolder

# A killed process's session may outlive it for a moment, and would hold up the emptying of the tables.
END_OTHER_SESSIONS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class RunningSite:
    """Web server and workers that a test can start, kill and start again."""

    def __init__(self, folder: Path, environment: dict[str, str], keeper: Keeper) -> None:
        self._state = StateFolder(folder)
        self._state.prepare()
        self._keeper = keeper
        port = free_port()
        self.url = f"http://{LOOPBACK}:{port}"
        self.environment = environment | {"CURSAL_URL": self.url}
        programs = [web(LOOPBACK, port), *background(self._state)]
        self.children = {program.name: self._child(program) for program in programs}

    def _child(self, program: Program) -> Child:
        return Child(
            program.name,
            program.command,
            log=self._state.log / f"{program.name}.log",
            environment=self.environment,
            keeper=self._keeper,
            stop_signal=program.stop_signal,
        )

    def start(self, *names: str) -> None:
        """Start `web`, `ingest`, `build`, `train`, `beat`; without names, all that do not run."""
        for name in names or self.children:
            if not self.children[name].is_running:
                self.children[name].start()
        if self.children["web"].is_running:
            self.wait_for(self._answers)

    def kill(self, name: str) -> None:
        """kill -9 of the process, and of everything it started."""
        os.killpg(self.children[name].pid, signal.SIGKILL)
        self.children[name].kill_rest()

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`manage.py …` on the test's database."""
        command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
        return subprocess.run(command, env=self.environment, check=check, text=True, capture_output=True)

    def log(self, name: str) -> str:
        """What a process has said."""
        path = self.children[name].log
        return path.read_text() if path and path.exists() else ""

    def wait_for(self, condition: Callable[[], object], within_s: float = 180.0) -> None:
        """Wait until it holds; the time is a safety net, not a measurement."""
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, (
                f"never happened within {within_s} s; log: {self.log('web')[-2000:]}"
            )
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture
def site(transactional_db, broker: str, tmp_path: Path, settings) -> Iterator[RunningSite]:
    """The site on this test's database; nothing runs until `site.start(…)`."""
    from django.db import connection

    entry = connection.settings_dict
    database = psycopg.conninfo.make_conninfo(
        host=entry["HOST"],
        port=entry["PORT"],
        user=entry["USER"],
        password=entry["PASSWORD"],
        dbname=entry["NAME"],
    )
    parts = psycopg.conninfo.conninfo_to_dict(database)
    environment = os.environ | {
        "DATABASE_URL": "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**parts),
        "REDIS_URL": broker,
        "CURSAL_STORAGE": settings.STORAGE_ROOT,
        "CURSAL_SCRATCH": str(settings.SCRATCH_DIR),
        "CURSAL_LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }
    keeper = Keeper()
    running = RunningSite(tmp_path / "site", environment, keeper)
    try:
        yield running
    finally:
        # Nothing of theirs is needed any more, and a server that is asked waits for its browsers first.
        for child in running.children.values():
            child.kill_rest()
        keeper.close()
        with connection.cursor() as cursor:
            cursor.execute(END_OTHER_SESSIONS)
