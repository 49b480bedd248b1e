"""The test run's own PostgreSQL and Redis, started when the first test asks for one.

The workers of pytest-xdist share the servers; each has a database and a Redis number of its own.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg.conninfo
import pytest
import redis

PROJECT = Path(__file__).parents[2]
RUN_FOLDER = "CURSAL_TEST_RUN"  # handed on to the workers of pytest-xdist
START_WITHIN_S = 60
REDIS_DATABASES = 16


@pytest.fixture(scope="session")
def servers() -> SimpleNamespace:
    """PostgreSQL and Redis of this run: `.database_url`, `.redis_url`."""
    folder = Path(os.environ[RUN_FOLDER])
    addresses = folder / "servers" / "run" / "environment.json"
    with (folder / "starting").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not addresses.exists():
            _start(folder, addresses)
    found = json.loads(addresses.read_text())
    return SimpleNamespace(database_url=found["DATABASE_URL"], redis_url=found["REDIS_URL"])


def _start(folder: Path, addresses: Path) -> None:
    (folder / "servers").mkdir(exist_ok=True)
    # The run is over when its first process ends: the controller under pytest-xdist, else this one.
    owner = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    command = [sys.executable, "-m", "webapp.embedded.temporary", str(folder / "servers"), str(owner)]
    started = subprocess.Popen(command, cwd=PROJECT, start_new_session=True)
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
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return f"{servers.redis_url.rsplit('/', 1)[0]}/{worker % REDIS_DATABASES}"


@pytest.fixture
def broker(redis_url: str, settings) -> Iterator[str]:
    """The Celery application talks to this run's Redis, emptied before and after."""
    from webapp.celery import app

    before = app.conf.broker_url
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        app.conf.broker_url = settings.CELERY_BROKER_URL = redis_url
        app.pool.force_close_all()
        yield redis_url
        client.flushdb()
    app.conf.broker_url = before
    app.pool.force_close_all()
