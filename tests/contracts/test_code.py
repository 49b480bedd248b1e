"""Style, types and syntax of what is in the repository."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.javascript import node

PROJECT = Path(__file__).parents[2]
TYPED = [
    "webapp",
    "collector",
    "processing",
    "training",
    "benchmarks",
    "scripts",
    "manage.py",
    "tests/plugins",
]
SCRIPTS = sorted(path for app in ("collector", "webapp") for path in (PROJECT / app).rglob("static/**/*.js"))


def check(*arguments):
    program = Path(sys.executable).with_name(arguments[0])
    return subprocess.run([program, *arguments[1:]], cwd=PROJECT, capture_output=True, text=True, check=False)


def test_ruff_has_nothing_to_say():
    said = check("ruff", "check", ".")
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_code_is_formatted():
    said = check("ruff", "format", "--check", ".")
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.long(80)
def test_the_types_fit():
    said = check("mypy", *TYPED)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_of_the_pages_are_well_formed(script):
    said = node("--check", script)
    assert said.returncode == 0, said.stderr


@pytest.mark.long
def test_the_scripts_own_tests_pass():
    tests = sorted((PROJECT / "tests").rglob("js/**/*.test.mjs"))
    said = node("--test", "--test-reporter=spec", *tests)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.long
def test_the_types_that_the_scripts_state_fit(node_modules):
    said = node(node_modules / "typescript" / "bin" / "tsc", "--project", "tsconfig.json")
    assert said.returncode == 0, said.stdout + said.stderr
