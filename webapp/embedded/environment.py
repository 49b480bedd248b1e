"""The environment in which a process of the site runs on this machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from dotenv import load_dotenv

from webapp.embedded.errors import CannotStart
from webapp.embedded.servers import running_servers
from webapp.embedded.state import PROJECT, StateFolder


def read_dotenv() -> None:
    """Take over what `.env` sets and the environment does not."""
    load_dotenv(PROJECT / ".env")


def of_state(state: StateFolder) -> dict[str, str]:
    """What lies in the state folder and is not named otherwise: secret key, storage, scratch."""
    made = {
        "CURSAL_STORAGE": str(state.storage),
        "CURSAL_SCRATCH": str(state.scratch),
    }
    if not (os.environ.get("CURSAL_SECRET_KEY") or os.environ.get("CURSAL_SECRET_KEY_FILE")):
        state.secret(state.secret_key.name)
        made["CURSAL_SECRET_KEY_FILE"] = str(state.secret_key)
    return {key: value for key, value in made.items() if not os.environ.get(key)}


@contextmanager
def site_environment() -> Iterator[dict[str, str]]:
    """Variables that a command needs beside those already set.

    A running launcher's servers are used when there is one. Otherwise those servers that the environment does
    not name are started, and stopped again after the block. Raises CannotStart.
    """
    read_dotenv()
    state = StateFolder.of_environment()
    if state.is_locked():
        published = state.published()
        if not published:
            raise CannotStart(
                f"{state.root} is in use by a command or a starting site; try again in a moment"
            )
        yield published
    elif os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        # Real servers. `make run` on them still makes a secret key when none is set.
        yield of_state(state) if state.secret_key.exists() else {}
    else:
        state.prepare()
        with state.locked(), running_servers(state) as servers:
            yield of_state(state) | servers
