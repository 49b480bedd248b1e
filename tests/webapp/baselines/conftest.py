"""A release to train on, and hands for the training program."""

import sys

import pytest

from processing.release import pack
from tests.webapp.baselines.pretending import PRETEND


@pytest.fixture
def release(transactional_db, tmp_path):
    """A finished release whose archive holds nothing that the pretended program would look at.

    The lease thread needs rows that are committed, hence a real transaction.
    """
    from collector import blobs
    from tests.webapp.pages import world

    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "about.txt").write_text("made up")
    stored = blobs.store("releases", pack(folder, tmp_path / "release.zip"))
    study = world.make_study()
    return world.make_release(
        study, world.make_builds(study, world.make_recipe()), public_sha256=stored.sha256
    )


@pytest.fixture
def pretend(monkeypatch):
    """Put a few lines in the place of the training program; returns what it is started with, call by call."""
    from webapp.baselines.services import supervising

    run = supervising.program.run

    def pretend(lines):
        calls = []

        def replaced(argv, **arguments):
            calls.append((argv[3:], arguments["environment"]))
            return run([sys.executable, "-c", PRETEND % lines, *argv[3:]], **arguments)

        monkeypatch.setattr(supervising.program, "run", replaced)
        return calls

    return pretend


@pytest.fixture
def finished():
    """Attempt a run once, as a worker would."""
    from webapp.baselines.services.supervising import run_make

    def finished(run):
        run_make(run.pk)
        run.refresh_from_db()
        return run

    return finished
