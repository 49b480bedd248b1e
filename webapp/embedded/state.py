"""The state folder `var/`: where everything lies that has to survive a restart."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webapp.embedded.errors import CannotStart

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class StateFolder:
    """Names inside the state folder, and its secrets."""

    root: Path

    @classmethod
    def of_environment(cls) -> "StateFolder":
        """`CURSAL_VAR`, or `var/` beside the code."""
        return cls(Path(os.environ.get("CURSAL_VAR") or PROJECT / "var").resolve())

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def run(self) -> Path:
        """What only means something while the supervisor runs."""
        return self.root / "run"

    @property
    def storage(self) -> Path:
        return self.root / "storage"

    @property
    def scratch(self) -> Path:
        return self.root / "scratch"

    @property
    def secret_key(self) -> Path:
        return self.root / "secret-key"

    def prepare(self) -> None:
        """Make the folders; raises CannotStart when that is not allowed.

        Nobody but the owner may look inside. As root others may pass through (and see no names), since
        PostgreSQL runs under another account and its data lies further down.
        """
        try:
            for folder in (self.root, self.log, self.run, self.redis, self.storage, self.scratch):
                folder.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
            for folder in (self.log, self.run, self.redis):
                folder.chmod(0o700)
        except OSError as error:
            raise CannotStart(f"cannot write to {self.root}: {error.strerror}; set CURSAL_VAR") from error

    def secret(self, name: str) -> str:
        """The secret of that name, made at first use, in a file that only the owner may read."""
        path = self.root / name
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(handle, "w") as file:
            made = secrets.token_urlsafe(48)
            file.write(made + "\n")
        return made

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second launcher off this folder; raises CannotStart when one is at work.

        The system drops the lock with the process, however it ends.
        """
        with (self.run / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                running = self.published()
                where = f" at {running['CURSAL_URL']}" if "CURSAL_URL" in running else ""
                raise CannotStart(f"Cursal already runs on {self.root}{where}; stop it first") from error
            yield

    def is_locked(self) -> bool:
        """Whether a launcher is at work on this folder."""
        path = self.run / "lock"
        if not path.exists():
            return False
        with path.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def publish(self, environment: dict[str, str]) -> None:
        """Leave the running servers' addresses for `manage.py` in another terminal."""
        path = self.run / "environment.json"
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(environment, file)

    def published(self) -> dict[str, str]:
        """What the running launcher published; empty when none did."""
        path = self.run / "environment.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def withdraw(self) -> None:
        """Take the published addresses away."""
        (self.run / "environment.json").unlink(missing_ok=True)
