"""The site on servers of its own, which a test may kill: those of the run belong to other tests too."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import pytest_django

from tests.plugins.servers import RUN_FOLDER
from tests.plugins.site import RunningSite
from webapp import deployment
from webapp.embedded.child import Child, stop_all
from webapp.embedded.keeper import Keeper
from webapp.embedded.ports import free_port
from webapp.embedded.postgres import Postgres
from webapp.embedded.redis import Redis
from webapp.embedded.state import StateFolder

PASSWORD = "postgres-password"


class OwnSite(RunningSite):
    """Besides `web` and the workers, `postgres` and `redis` can be killed and started; they are durable."""

    def __init__(self, folder: Path, environment: dict[str, str], keeper: Keeper) -> None:
        state = StateFolder(folder)
        state.prepare()
        postgres = Postgres(state.postgres, free_port(), state.secret(PASSWORD))
        broker = Redis(state.redis, free_port(), state.secret("redis-password"))
        self._servers: dict[str, Postgres | Redis] = {"postgres": postgres, "redis": broker}
        super().__init__(
            folder, environment | {"DATABASE_URL": postgres.url, "REDIS_URL": broker.url}, keeper
        )
        for name, server in self._servers.items():
            server.prepare()
            self.children[name] = Child(
                name,
                server.command(),
                log=state.log / f"{name}.log",
                environment=os.environ,
                keeper=keeper,
                stop_signal=server.stop_signal,
            )

    def start(self, *names: str) -> None:
        """Start these, servers first; each server is waited for until it answers."""
        for name in names:
            if name in self._servers:
                self.wait_for(partial(self._is_up, name))
        if programs := [name for name in names if name not in self._servers]:
            super().start(*programs)

    def end(self) -> None:
        """Kill web and workers, which would wait for their browsers; stop the servers, which clear up."""
        for name, child in self.children.items():
            if name not in self._servers:
                child.kill_rest()
        stop_all([self.children[name] for name in self._servers], within_s=5)

    def _is_up(self, name: str) -> bool:
        # What a killed server left behind may hold its data for a moment, so it may take several starts.
        if not self.children[name].is_running:
            self.children[name].start()
        return self._servers[name].is_ready()


def _migrated_cluster(environment: dict[str, str], keeper: Keeper) -> StateFolder:
    """The cluster that all sites of this run begin with, made once: its tables take longer than a copy."""
    run = Path(os.environ[RUN_FOLDER])
    cluster = StateFolder(run / "cluster")
    with (run / "making-cluster").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cluster.root.exists():
            unfinished = run / "cluster.unfinished"
            site = OwnSite(unfinished, environment, keeper)
            try:
                site.start("postgres")
                site.manage("migrate", "--no-input", "--verbosity=0")
            finally:
                stop_all(list(site.children.values()), within_s=20)
            unfinished.rename(cluster.root)
    return cluster


def _copy_cluster(cluster: StateFolder, target: StateFolder) -> None:
    target.prepare()
    shutil.copy2(cluster.root / PASSWORD, target.root)
    # As root it belongs to another account.
    subprocess.run(["cp", "--archive", str(cluster.postgres), str(target.root)], check=True)


@pytest.fixture
def own_site(tmp_path: Path, settings, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[OwnSite]:
    """A migrated site whose servers run and nothing else; Django in this process works on its database."""
    from django.db import connection

    environment = os.environ | {
        "CURSAL_STORAGE": settings.STORAGE_ROOT,
        "CURSAL_SCRATCH": str(settings.SCRATCH_DIR),
        "CURSAL_LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }
    tmp_path.chmod(0o711)  # as root, PostgreSQL runs under another account
    keeper = Keeper()
    _copy_cluster(_migrated_cluster(environment, keeper), StateFolder(tmp_path / "site"))
    running = OwnSite(tmp_path / "site", environment, keeper)
    entry = connection.settings_dict
    kept = dict(entry)
    try:
        running.start("postgres", "redis")
        with django_db_blocker.unblock():
            connection.close()
            entry.update(
                deployment.database(running.environment["DATABASE_URL"]) | {"ENGINE": entry["ENGINE"]}
            )
            yield running
            connection.close()
    finally:
        entry.clear()
        entry.update(kept)
        running.end()
        keeper.close()
