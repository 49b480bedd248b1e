"""Which processes make up the site."""

import os
import signal
import sys
from dataclasses import dataclass

from webapp.embedded.state import StateFolder

WEB_PROCESSES = 2
WEB_THREADS = 8

# A player sends every two seconds: its connection is kept for a whole clip and the pause after it.
WEB_KEEP_ALIVE_S = 75

# A graceful end is a matter of seconds: whoever waits longer for an answer asks again.
WEB_GRACE_S = 3


@dataclass(frozen=True)
class Program:
    """One of the site's processes."""

    name: str
    command: list[str]
    stop_signal: signal.Signals


def builders() -> int:
    """Builds and evaluations at a time: one core is left for pages and capture."""
    return max(1, (os.cpu_count() or 1) - 1)


def web_command(host: str, port: int) -> list[str]:
    """The web server; loaded once and forked, so that two processes start as fast as one."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "webapp.wsgi",
        f"--bind={address}",
        "--worker-class=gthread",
        f"--workers={WEB_PROCESSES}",
        f"--threads={WEB_THREADS}",
        f"--graceful-timeout={WEB_GRACE_S}",
        f"--keep-alive={WEB_KEEP_ALIVE_S}",
        "--preload",
        "--no-control-socket",
    ]


def worker_command(name: str, queues: str, concurrency: int) -> list[str]:
    """A Celery worker for some queues; it need not know of the others."""
    return [
        sys.executable,
        "-m",
        "celery",
        "--app=webapp",
        "worker",
        f"--queues={queues}",
        f"--concurrency={concurrency}",
        f"--hostname={name}@%h",
        "--loglevel=INFO",
        "--without-gossip",
        "--without-mingle",
    ]


def web(host: str, port: int) -> Program:
    """The web server."""
    return Program("web", web_command(host, port), signal.SIGTERM)


def background(state: StateFolder) -> list[Program]:
    """Workers and beat.

    Capture has a worker of its own: however long the builds' queue grows, tracks are joined at once.
    """
    beat = [sys.executable, "-m", "celery", "--app=webapp", "beat", "--loglevel=INFO", "--pidfile="]
    beat += [f"--schedule={state.run / 'beat'}"]
    # SIGQUIT, after a short while to finish, gives unfinished tasks back to the queue.
    return [
        Program("ingest", worker_command("ingest", "ingest", 1), signal.SIGQUIT),
        Program("build", worker_command("build", "build,evaluate", builders()), signal.SIGQUIT),
        Program("train", worker_command("train", "train", 1), signal.SIGQUIT),
        Program("beat", beat, signal.SIGTERM),
    ]
