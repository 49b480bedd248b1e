"""What `make test-fast` leaves out: marks are given by fixtures, and pytest has to know them before it chooses."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

PROJECT = Path(__file__).parents[2]

NEITHER_SERVERS_NOR_BROWSER = "not server and not browser"


@pytest.mark.parametrize(
    "needs_servers",
    ["tests/e2e/test_kills.py", "tests/collector/test_preparation.py"],
)
def test_the_fast_run_takes_nothing_that_needs_a_server_or_a_browser(needs_servers):
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider"]
    answer = subprocess.run(
        [*command, "-m", NEITHER_SERVERS_NOR_BROWSER, needs_servers],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, answer.stdout
