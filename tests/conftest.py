"""The test run's own PostgreSQL and Redis, started when the first test asks for one.

The workers of pytest-xdist share the servers; each has a database and a Redis number of its own. Whatever the
environment says about a database or a broker is ignored: tests never touch servers that hold somebody's data.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import django
import psycopg.conninfo
import pytest
import pytest_django

# Read by webapp.settings; the real addresses are put in once the servers run.
NOT_YET = "postgresql://nobody:nothing@127.0.0.1:1/tests"
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "webapp.settings",
    "DATABASE_URL": NOT_YET,
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "CURSAL_SECRET_KEY": "only-for-the-tests-" * 3,
    "CURSAL_HOSTS": "localhost,127.0.0.1,testserver",
    "CURSAL_LOG_LEVEL": "WARNING",
}
for name in ("CURSAL_DEBUG", "CURSAL_HTTPS", "CURSAL_ADMIN_PATH", "CURSAL_SECRET_KEY_FILE", "CURSAL_VAR"):
    os.environ.pop(name, None)

FOLDER_VARIABLE = "CURSAL_TEST_RUN"  # handed on to the workers of pytest-xdist
KNOW_DJANGO = {"collector", "webapp", "e2e"}
SERVER_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server", "redis_url", "servers", "site"}
BROWSER_FIXTURES = {"page", "browser"}
START_WITHIN_S = 60


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a folder of its own, in which files and servers live."""
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="cursal-tests-")
    folder = Path(os.environ[FOLDER_VARIABLE])
    folder.chmod(0o711)  # as root, PostgreSQL runs under another account
    os.environ["CURSAL_STORAGE"] = str(folder / "storage")
    os.environ["CURSAL_SCRATCH"] = str(folder / "scratch")


def pytest_collect_file(file_path: Path) -> None:
    """Set Django up for the tests that know it; those of the arithmetic run without."""
    if file_path.suffix == ".py" and set(file_path.parts) & KNOW_DJANGO:
        django.setup()


@pytest.fixture(scope="session", autouse=True)
def _no_database_unasked(django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    # pytest-django does so by itself only where settings are named before this file is read.
    django_db_blocker.block()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers, if any test asked for them, and leave nothing behind."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ[FOLDER_VARIABLE])
    pid_file = folder / "servers.pid"
    if pid_file.exists():
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        _wait_for_end(pid)
    shutil.rmtree(folder, ignore_errors=True)


def _wait_for_end(pid: int) -> None:
    # Ours when no xdist worker started it: then it has to be reaped, or it would look alive for ever.
    for _ in range(200):
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
        except ChildProcessError:
            if not Path(f"/proc/{pid}").exists():
                return
        time.sleep(0.05)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs servers or a browser by the fixtures that it asks for."""
    for item in items:
        needed = set(getattr(item, "fixturenames", ()))
        if needed & SERVER_FIXTURES or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.server)
        if needed & BROWSER_FIXTURES:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def servers() -> SimpleNamespace:
    """PostgreSQL and Redis of this run: `.database_url`, `.redis_url`."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    with (folder / "starting").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        addresses = folder / "servers" / "run" / "environment.json"
        if not addresses.exists():
            _start_servers(folder, addresses)
    found = json.loads(addresses.read_text())
    return SimpleNamespace(database_url=found["DATABASE_URL"], redis_url=found["REDIS_URL"])


def _start_servers(folder: Path, addresses: Path) -> None:
    (folder / "servers").mkdir(exist_ok=True)
    # The run is over when its first process ends: the controller under pytest-xdist, else this one.
    owner = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    command = [sys.executable, "-m", "webapp.embedded.temporary", str(folder / "servers"), str(owner)]
    started = subprocess.Popen(command, cwd=Path(__file__).parents[1], start_new_session=True)
    (folder / "servers.pid").write_text(str(started.pid))
    deadline = time.monotonic() + START_WITHIN_S
    while not addresses.exists():
        error = folder / "servers" / "error"
        if error.exists():
            pytest.fail(error.read_text(), pytrace=False)
        assert started.poll() is None, "the temporary servers ended at once"
        assert time.monotonic() < deadline, "the temporary servers did not start"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    servers: SimpleNamespace, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Point Django at the cluster of this run, before pytest-django makes its test database there."""
    from django.db import connections

    parts = psycopg.conninfo.conninfo_to_dict(servers.database_url)
    address = {
        "HOST": parts["host"],
        "PORT": parts["port"],
        "USER": parts["user"],
        "PASSWORD": parts["password"],
    }
    connections["default"].settings_dict.update(address)
    connections.databases["default"].update(address)


@pytest.fixture(scope="session")
def redis_url(servers: SimpleNamespace) -> str:
    """A Redis database of this worker's own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return f"{servers.redis_url.rsplit('/', 1)[0]}/{int(worker) % 16}"


@pytest.fixture
def broker(redis_url: str, settings: "object") -> Iterator[str]:
    """The Celery application talks to this run's Redis, emptied before and after."""
    import redis

    from webapp.celery import app

    before = app.conf.broker_url
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        app.conf.broker_url = redis_url
        app.pool.force_close_all()
        settings.CELERY_BROKER_URL = redis_url  # type: ignore[attr-defined]
        yield redis_url
        client.flushdb()
    app.conf.broker_url = before
    app.pool.force_close_all()
