import pytest


@pytest.fixture
def release(scene):
    """A finished release of four clips."""
    return scene.released(scene.study(clips=4), scene.recipe())


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """On a busy machine the check of a zip may take longer than a web server waits; then the zip would be taken."""
    monkeypatch.setattr("webapp.leaderboard.validating.LIMIT_S", 600)
