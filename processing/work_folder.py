"""Folders for work in progress, which vanish with the process that made them, however it ends."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def work_folder(root: Path, prefix: str, suffix: str = "") -> Iterator[Path]:
    """A new folder in `root` for one piece of work, gone afterwards.

    Its owner holds a lock on it, which the kernel lets go of when the process ends. So what a killed process of this
    machine left behind under the same prefix and suffix is known, and goes first. Raises OSError when `root` cannot
    be written.
    """
    _remove_orphans(root, prefix, suffix)
    folder, owner = _owned_folder(root, prefix, suffix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(owner)


def _owned_folder(root: Path, prefix: str, suffix: str) -> tuple[Path, int]:
    """A new folder and the handle that holds its lock.

    Somebody who clears orphans may take it for one before it is locked; then it is gone, and another is made. No lock
    on `root` keeps them apart: that may be a work folder itself, which its owner has locked.
    """
    while True:
        folder = Path(tempfile.mkdtemp(dir=root, prefix=prefix, suffix=suffix))
        try:
            owner = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue
        fcntl.flock(owner, fcntl.LOCK_EX)
        if folder.exists():
            return folder, owner
        os.close(owner)


def _remove_orphans(root: Path, prefix: str, suffix: str) -> None:
    # Listed at once, since others come and go; and not by a pattern, since a prefix may hold any character.
    named = [path for path in root.iterdir() if path.name.startswith(prefix) and path.name.endswith(suffix)]
    for folder in named:
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue  # its owner has just finished, or it is no folder of ours
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)  # an owner that is just finishing may be faster
        except BlockingIOError:
            continue  # in use
        finally:
            os.close(handle)
