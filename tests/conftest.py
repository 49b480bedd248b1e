"""What holds for every test: whose servers, whose files, who knows Django.

Whatever the environment says about a database or a broker is ignored: tests never touch servers that hold
somebody's data.
"""

import gc
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
import pytest_django
from hypothesis import HealthCheck, settings

# Read by webapp.settings; the real addresses are put in once the servers run.
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "webapp.settings",
    "DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/tests",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "CURSAL_SECRET_KEY": "only-for-the-tests-" * 3,
    "CURSAL_HOSTS": "localhost,127.0.0.1,testserver",
    "CURSAL_LOG_LEVEL": "WARNING",
}
# Not removed but set, so that a `.env` beside the code cannot bring them back.
os.environ |= {
    "CURSAL_DEBUG": "0",
    "CURSAL_HTTPS": "0",
    "CURSAL_ADMIN_PATH": "admin",
    "CURSAL_MEDIA_ORIGINS": "",
}
if "PYTEST_XDIST_WORKER" in os.environ:
    # The cores are shared out among the workers already; libraries that take all of them stand in their way.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
# Threads that wait for each other spin by default, and take the cores of whatever runs beside them for nothing.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
for name in ("CURSAL_SECRET_KEY_FILE", "CURSAL_VAR", "CURSAL_URL"):
    os.environ.pop(name, None)

# How long an example takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None, max_examples=50)
settings.register_profile(
    "soak", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")

pytest_plugins = [
    "tests.plugins.servers",
    "tests.plugins.site",
    "tests.plugins.own_site",
    "tests.plugins.full_disk",
    "tests.plugins.browser",
    "tests.plugins.javascript",
]

RUN_FOLDER = "CURSAL_TEST_RUN"
KNOW_DJANGO = {"collector", "webapp", "e2e"}
SERVER_FIXTURES = {
    "db",
    "transactional_db",
    "live_server",
    "servers",
    "redis_url",
    "broker",
    "site",
    "own_site",
}
BROWSER_FIXTURES = {"page", "context", "browser", "browser_path"}
# Sites in processes of their own, which know the real settings only.
OTHER_PROCESSES = {"site", "own_site"}
LONG_S = 5
QUICK_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"
PURPOSES = ("media", "tracks", "products", "releases")


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a folder of its own, in which files and servers live."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="cursal-tests-")
    gc.disable()  # until all is imported, of which nothing becomes rubbish
    folder = Path(os.environ[RUN_FOLDER])
    folder.chmod(0o711)  # as root, PostgreSQL runs under another account
    os.environ["CURSAL_STORAGE"] = str(folder / "storage")
    os.environ["CURSAL_SCRATCH"] = str(folder / "scratch")


def pytest_collect_file(file_path: Path) -> None:
    """Set Django up for the tests that know it; those of the arithmetic run without."""
    if file_path.suffix == ".py" and set(file_path.parts) & KNOW_DJANGO:
        django.setup()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what needs servers or a browser by the fixtures that it asks for; what takes longest comes first.

    The marks are there before pytest chooses by them, and the order is made after everybody else's. A run ends with
    its last test, and one of a minute that begins late is waited for by all other workers.
    """
    for item in items:
        needed = set(getattr(item, "fixturenames", ()))
        if needed & SERVER_FIXTURES or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.server)
        if needed & BROWSER_FIXTURES:
            item.add_marker(pytest.mark.browser)
        if needed & (BROWSER_FIXTURES | OTHER_PROCESSES):
            item.add_marker(pytest.mark.long)
    yield
    items.sort(key=_seconds, reverse=True)


def pytest_collection_finish() -> None:
    """Collect rubbish from now on, without going through what was imported again and again."""
    gc.freeze()
    gc.enable()


def _seconds(item: pytest.Item) -> float:
    """About how long a test takes; of those that do not say so, what is long at all is longer than the rest."""
    return max(
        (mark.args[0] if mark.args else LONG_S for mark in item.iter_markers("long")),
        default=0,
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers, if any test asked for them, and leave nothing behind."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ[RUN_FOLDER])
    pid_file = folder / "servers.pid"
    if pid_file.exists():
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        _wait_for_end(pid)
    shutil.rmtree(folder, ignore_errors=True)


def _wait_for_end(pid: int) -> None:
    # Ours when no worker of pytest-xdist started it: then it has to be reaped, or it would look alive for ever.
    for _ in range(200):
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
        except ChildProcessError:
            if not Path(f"/proc/{pid}").exists():
                return
        time.sleep(0.05)


@pytest.fixture(scope="session", autouse=True)
def _no_database_unasked(django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    # pytest-django does so by itself only where settings are named before this file is read.
    django_db_blocker.block()


@pytest.fixture(autouse=True)
def _own_files(request: pytest.FixtureRequest) -> None:
    """A test with a database also has storage and scratch of its own: rows and files belong together."""
    if request.node.get_closest_marker("server") is None:
        return
    settings = request.getfixturevalue("settings")
    folder = request.getfixturevalue("tmp_path")
    from webapp import deployment

    settings.STORAGE_ROOT = str(folder / "storage")
    settings.SCRATCH_DIR = folder / "scratch"
    settings.STORAGES = settings.STORAGES | {
        purpose: deployment.storage(settings.STORAGE_ROOT, purpose, "") for purpose in PURPOSES
    }
    if not OTHER_PROCESSES & set(request.fixturenames):
        settings.PASSWORD_HASHERS = [QUICK_HASHER]  # the real one takes half a second a login, on purpose
        settings.WHITENOISE_AUTOREFRESH = True  # every client of a test would look at every file first
