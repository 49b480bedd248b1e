"""A real browser: the one that CURSAL_BROWSER names, the machine's own, or one that gets installed."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

from tests.plugins.servers import RUN_FOLDER

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Quiet, and free to play sound without a click; QUIC only disturbs recordings of what was sent.
FLAGS = [
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
BY_HAND = (
    "install the package `chromium` (sudo apt-get install chromium), or name a browser in CURSAL_BROWSER"
)


class NoBrowser(Exception):
    """There is none, and none could be installed."""


def answers(program: str | Path) -> bool:
    """Whether it is a browser that runs; Ubuntu's `chromium` may be a stub that only asks for a snap."""
    try:
        asked = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0 and any(word in asked.stdout for word in ("Chromium", "Chrome"))


def find() -> str | None:
    """The machine's own browser."""
    return next((found for name in NAMES if (found := shutil.which(name)) and answers(found)), None)


def install(own: str) -> str | None:
    """Playwright's, which lies at `own` then, else Debian's when we are root; None when neither is to be had."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    subprocess.run(command, capture_output=True, check=False)
    if Path(own).exists() and answers(own):
        return own
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *arguments], capture_output=True, check=False, env=environment)
    return find()


def to_drive(own: str) -> str:
    """Path of the browser; `own` is where Playwright would put its own. Raises NoBrowser, with what to install."""
    named = os.environ.get("CURSAL_BROWSER")
    if named:
        if not answers(named):
            raise NoBrowser(f"CURSAL_BROWSER={named} is no browser that runs; {BY_HAND}")
        return named
    path = find() or install(own)
    if path is None:
        raise NoBrowser(f"no browser: {BY_HAND}")
    return path


@pytest.fixture(scope="session")
def browser_path(playwright: Playwright) -> str:
    """The browser to drive; a machine without one fails the test and is told what to install."""
    # Workers of one run that all miss it must not install it at the same time.
    with (Path(os.environ[RUN_FOLDER]) / "browser.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return to_drive(playwright.chromium.executable_path)
        except NoBrowser as missing:
            pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright; while it runs, Django must not take its event loop for an asynchronous view."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as running:
        yield running
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser(playwright: Playwright, browser_path: str) -> Iterator[Browser]:
    """One browser a run, without a window."""
    try:
        started = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
    except Error as error:
        pytest.fail(f"{browser_path} does not start: {error.message}; {BY_HAND}", pytrace=False)
    yield started
    started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of its own for each test, on a desktop screen."""
    opened = browser.new_context(viewport={"width": 1366, "height": 768}, locale="en-GB")
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab."""
    return context.new_page()
