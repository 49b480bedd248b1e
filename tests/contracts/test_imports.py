"""Who may know whom."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

HEAVY = ["cv2", "av", "sklearn", "torch", "pyarrow"]
START_THE_SITE = f"""
import sys
from webapp.wsgi import application
import django.urls
django.urls.get_resolver().url_patterns
print([name for name in {HEAVY} if name in sys.modules])
"""
# The commands are imported when one is called.
START_TRAINING = """
import pkgutil, sys
from training.cli import COMMANDS
assert [pkgutil.resolve_name(place) for place in COMMANDS.values()]
print('django' in sys.modules)
"""


def run(*command):
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_the_packages_import_only_what_they_may():
    checked = run(Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_web_process_starts_without_the_heavy_libraries():
    started = run(sys.executable, "-c", START_THE_SITE)
    assert started.returncode == 0, started.stderr
    assert started.stdout.strip() == "[]"


@pytest.mark.long
def test_training_starts_without_django():
    started = run(sys.executable, "-c", START_TRAINING)
    assert started.returncode == 0, started.stderr
    assert started.stdout.strip() == "False"
