"""PostgreSQL and Redis together: what the site needs before it can start."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from webapp.embedded.child import Child, stop_all
from webapp.embedded.errors import CannotStart
from webapp.embedded.keeper import Keeper
from webapp.embedded.ports import free_port
from webapp.embedded.postgres import Postgres
from webapp.embedded.redis import Redis
from webapp.embedded.state import StateFolder

READY_WITHIN_S = 60  # crash recovery of a large cluster takes its time
STOP_WITHIN_S = 3


class Servers:
    """Those of the two servers that the environment does not already name."""

    def __init__(self, state: StateFolder, keeper: Keeper, *, durable: bool = True) -> None:
        self._servers: list[Postgres | Redis] = []
        self.environment: dict[str, str] = {}
        if not os.environ.get("DATABASE_URL"):
            postgres = Postgres(state.postgres, free_port(), state.secret("postgres-password"), durable)
            self._servers.append(postgres)
            self.environment["DATABASE_URL"] = postgres.url
        if not os.environ.get("REDIS_URL"):
            broker = Redis(state.redis, free_port(), state.secret("redis-password"), durable)
            self._servers.append(broker)
            self.environment["REDIS_URL"] = broker.url
        for server in self._servers:
            server.prepare()
        self.children = [
            Child(
                server.name,
                server.command(),
                log=state.log / f"{server.name}.log",
                environment=os.environ,
                keeper=keeper,
                stop_signal=server.stop_signal,
            )
            for server in self._servers
        ]

    def start(self, pause: Callable[[float], object] = time.sleep) -> None:
        """Start them and wait until they answer; raises CannotStart when one ends, or is silent too long.

        `pause` waits some seconds, and may raise to give up.
        """
        for child in self.children:
            child.start()
        deadline = time.monotonic() + READY_WITHIN_S
        for server, child in zip(self._servers, self.children, strict=True):
            while not server.is_ready():
                if not child.is_running:
                    raise CannotStart(
                        f"{child.name} {child.how_it_ended()}: {child.last_words()} ({child.log})"
                    )
                if time.monotonic() > deadline:
                    raise CannotStart(f"{child.name} does not answer; see {child.log}")
                pause(0.05)

    def stop(self) -> None:
        """Stop them in good order."""
        stop_all(self.children, within_s=STOP_WITHIN_S)


@contextmanager
def running_servers(state: StateFolder, *, durable: bool = True) -> Iterator[dict[str, str]]:
    """Run the servers for the length of the block and yield their addresses as environment variables."""
    keeper = Keeper()
    try:
        servers = Servers(state, keeper, durable=durable)
        try:
            servers.start()
            yield servers.environment
        finally:
            servers.stop()
    finally:
        keeper.close()
