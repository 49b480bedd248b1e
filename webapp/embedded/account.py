"""Running PostgreSQL when we are root: it refuses to, so it runs as `nobody`."""

import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path

from webapp.embedded.errors import CannotStart

ACCOUNT = "nobody"

# Numbers of the kernel's linux/capability.h. Reading rights suffice to pass through closed folders;
# containers often keep them from root and leave only the stronger one.
PASSES = (("dac_read_search", 2), ("dac_override", 1))


def is_root() -> bool:
    return os.geteuid() == 0


def own(path: Path) -> None:
    """Give a file or folder to the account that PostgreSQL runs as."""
    if is_root():
        account = pwd.getpwnam(ACCOUNT)
        os.chown(path, account.pw_uid, account.pw_gid)


def as_account(command: Sequence[str | Path], needs: Sequence[Path]) -> list[str]:
    """The command line that runs `command` under an account PostgreSQL accepts.

    `needs` are the paths that it has to reach. When a closed folder lies above one of them (a checkout in
    /root is the usual case) the process keeps the one capability that lets it pass. Raises CannotStart when
    the system offers none.
    """
    line = [str(word) for word in command]
    if not is_root():
        return line
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise CannotStart("PostgreSQL does not run as root; install util-linux or start as another user")
    group = pwd.getpwnam(ACCOUNT).pw_gid
    switch = [setpriv, f"--reuid={ACCOUNT}", f"--regid={group}", "--clear-groups"]
    if not all(_open_to_everyone(path) for path in needs):
        switch += [f"--inh-caps=+{_pass()}", f"--ambient-caps=+{_pass()}"]
        # access(2), by which initdb looks for its programs, would not count the capability otherwise.
        switch += ["--securebits=+no_setuid_fixup"]
    return [*switch, "--", *line]


def _open_to_everyone(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def _pass() -> str:
    status = Path("/proc/self/status").read_text()
    permitted = int(next(line for line in status.splitlines() if line.startswith("CapPrm")).split()[1], 16)
    for name, number in PASSES:
        if permitted >> number & 1:
            return name
    raise CannotStart(
        f"PostgreSQL does not run as root, and {ACCOUNT} cannot reach this folder; "
        "move the project to a place that others may enter, or start as another user"
    )
