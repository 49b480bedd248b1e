import subprocess
import sys

import numpy as np
import pytest
from numba.core.caching import CacheImpl

from processing.compiled import compiled

# The program where numba finds no place for what it compiles: package and home are read-only there.
NOWHERE_TO_WRITE = """
import sys
from numba.core.caching import CacheImpl

CacheImpl._locator_classes = []

from processing.cli import main

sys.argv = ["cursal", "--help"]
main()
"""


def total(values):
    found = 0
    for value in values:
        found += value
    return found


@pytest.mark.parametrize("places", [CacheImpl._locator_classes, []], ids=["kept", "not kept"])
def test_a_function_is_compiled_whether_or_not_it_can_be_kept(monkeypatch, places):
    monkeypatch.setattr(CacheImpl, "_locator_classes", places)
    for decorate in (compiled(), compiled(fastmath={"nnan"})):
        function = decorate(total)
        assert function(np.arange(5)) == 10
        assert function.signatures


def test_the_program_starts_where_nothing_can_be_kept():
    done = subprocess.run(
        [sys.executable, "-c", NOWHERE_TO_WRITE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "build" in done.stdout
