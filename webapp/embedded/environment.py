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
    if "CURSAL_SECRET_KEY" not in os.environ:
        state.secret(state.secret_key.name)
        made["CURSAL_SECRET_KEY_FILE"] = str(state.secret_key)
    return {key: value for key, value in made.items() if key not in os.environ}


@contextmanager
def site_environment(state: StateFolder | None = None) -> Iterator[dict[str, str]]:
    """Variables that a command needs beside those already set.

    Nothing when the environment names a database; the addresses of a running launcher when there is one;
    otherwise servers are started and stopped again after the block. Raises CannotStart.
    """
    read_dotenv()
    if "DATABASE_URL" in os.environ:
        yield {}
        return
    state = state or StateFolder.of_environment()
    if state.is_locked():
        published = state.published()
        if not published:
            raise CannotStart(
                f"{state.root} is in use by a command or a starting site; try again in a moment"
            )
        yield published
        return
    state.prepare()
    with state.locked(), running_servers(state) as servers:
        yield of_state(state) | servers
