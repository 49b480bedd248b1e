"""PostgreSQL and Redis together: what the site needs before it can start."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.embedded.child import Child, stop_all
from webapp.embedded.errors import CannotStart
from webapp.embedded.ports import free_port
from webapp.embedded.postgres import Postgres
from webapp.embedded.redis import Redis
from webapp.embedded.state import StateFolder

READY_WITHIN_S = 60  # crash recovery of a large cluster takes its time
STOP_WITHIN_S = 4


class Servers:
    """Those of the two servers that the environment does not already name."""

    def __init__(self, state: StateFolder, *, durable: bool = True) -> None:
        self._servers: list[Postgres | Redis] = []
        self.environment: dict[str, str] = {}
        if "DATABASE_URL" not in os.environ:
            password = state.secret("postgres-password")
            postgres = Postgres(state.postgres, free_port(), password, durable)
            self._servers.append(postgres)
            self.environment["DATABASE_URL"] = postgres.url
        if "REDIS_URL" not in os.environ:
            broker = Redis(state.redis, free_port(), state.secret("redis-password"), durable)
            self._servers.append(broker)
            self.environment["REDIS_URL"] = broker.url
        self.children = [self._child(server, state.log) for server in self._servers]

    @staticmethod
    def _child(server: Postgres | Redis, log: Path) -> Child:
        server.prepare()
        return Child(
            server.name,
            server.command(),
            log=log / f"{server.name}.log",
            environment=os.environ,
            stop_signal=server.stop_signal,
        )

    def wait_until_ready(self) -> None:
        """Wait for started servers; raises CannotStart when one ends, or does not answer in time."""
        deadline = time.monotonic() + READY_WITHIN_S
        for server, child in zip(self._servers, self.children, strict=True):
            while not server.is_ready():
                if not child.is_running:
                    raise CannotStart(
                        f"{child.name} {child.how_it_ended()}: {child.last_words()} ({child.log})"
                    )
                if time.monotonic() > deadline:
                    raise CannotStart(f"{child.name} does not answer; see {child.log}")
                time.sleep(0.05)


@contextmanager
def running_servers(state: StateFolder, *, durable: bool = True) -> Iterator[dict[str, str]]:
    """Run the servers for the length of the block and yield their addresses as environment variables."""
    servers = Servers(state, durable=durable)
    try:
        for child in servers.children:
            child.start()
        servers.wait_until_ready()
        yield servers.environment
    finally:
        stop_all(servers.children, within_s=STOP_WITHIN_S)
