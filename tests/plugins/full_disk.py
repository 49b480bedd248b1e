"""A track store whose disk a test can fill to the last byte."""

import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

SIZE = "512k"  # room for some dozens of short tracks


class TrackDisk(Protocol):
    """What a site's tracks lie on."""

    def fill(self) -> None: ...

    def make_room(self) -> None: ...


class MountedDisk:
    """A small file system in memory of its own; only root may mount one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"

    def mount(self) -> bool:
        """Whether the system let us."""
        self._folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0755", "tmpfs", str(self._folder)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", self._folder], check=True)

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                assert error.errno == errno.ENOSPC

    def make_room(self) -> None:
        self._ballast.unlink()


class BlockedFolder:
    """Where nothing may be mounted: a file lies in the folder's place, so that nobody can write into it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._aside = folder.with_name("tracks-aside")

    def fill(self) -> None:
        self._folder.rename(self._aside)
        self._folder.touch()

    def make_room(self) -> None:
        self._folder.unlink()
        self._aside.rename(self._folder)


@pytest.fixture
def track_disk(settings, _own_files: None) -> Iterator[TrackDisk]:
    """The disk under this test's track store."""
    folder = Path(settings.STORAGE_ROOT) / "tracks"
    mounted = MountedDisk(folder)
    if not mounted.mount():
        yield BlockedFolder(folder)
        return
    try:
        yield mounted
    finally:
        mounted.unmount()
