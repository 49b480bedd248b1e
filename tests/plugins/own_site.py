"""The site on servers of its own, which a test may kill: those of the run belong to other tests too."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import pytest_django

from tests.plugins.site import RunningSite
from webapp import deployment
from webapp.embedded.child import Child, stop_all
from webapp.embedded.keeper import Keeper
from webapp.embedded.ports import free_port
from webapp.embedded.postgres import Postgres
from webapp.embedded.redis import Redis
from webapp.embedded.state import StateFolder


class OwnSite(RunningSite):
    """Besides `web` and the workers, `postgres` and `redis` can be killed and started; they are durable."""

    def __init__(self, folder: Path, environment: dict[str, str], keeper: Keeper) -> None:
        state = StateFolder(folder)
        state.prepare()
        postgres = Postgres(state.postgres, free_port(), state.secret("postgres-password"))
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

    def _is_up(self, name: str) -> bool:
        # What a killed server left behind may hold its data for a moment, so it may take several starts.
        if not self.children[name].is_running:
            self.children[name].start()
        return self._servers[name].is_ready()


@pytest.fixture
def own_site(tmp_path: Path, settings, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[OwnSite]:
    """A migrated site whose servers run and nothing else; Django in this process works on its database."""
    from django.core.management import call_command
    from django.db import connection

    environment = os.environ | {
        "CURSAL_STORAGE": settings.STORAGE_ROOT,
        "CURSAL_SCRATCH": str(settings.SCRATCH_DIR),
        "CURSAL_LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }
    tmp_path.chmod(0o711)  # as root, PostgreSQL runs under another account
    keeper = Keeper()
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
            call_command("migrate", verbosity=0, interactive=False)
            yield running
            connection.close()
    finally:
        entry.clear()
        entry.update(kept)
        stop_all(list(running.children.values()), within_s=5)
        keeper.close()
