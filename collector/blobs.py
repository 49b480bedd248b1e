"""Files kept under their own SHA-256, in any Django storage.

The same bytes have one name wherever they lie, so storing twice is a no-op and a half-written file can never be
taken for a whole one: readers check the digest while they copy. Whatever is wrong with a store is an OSError.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages

from processing.work_folder import work_folder

BLOCK_BYTES = 1024 * 1024
SCRATCH_PREFIX = "work-"
# What speaks with object stores; none of it is loaded where files lie in folders.
STORE_LIBRARIES = {"boto3", "botocore", "s3transfer", "urllib3"}


class BlobDamaged(Exception):
    """The stored bytes are not the bytes that the name promises."""


class StoreAway(OSError):
    """An object store cannot be reached or refuses; as with a full disk, the same may go well later."""


@dataclass(frozen=True)
class Blob:
    """What was stored: its name and its size."""

    sha256: str
    bytes: int


@contextmanager
def _store_away() -> Iterator[None]:
    """Every fault that an object store's libraries have a class of their own for becomes StoreAway."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in STORE_LIBRARIES:
            raise
        raise StoreAway(f"the store is out of reach: {type(error).__name__}: {error}") from error


def key(sha256: str) -> str:
    """Name within a storage; two levels keep folders small."""
    return f"{sha256[:2]}/{sha256}"


def digest(path: Path) -> str:
    """SHA-256 of a file on disk, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@_store_away()
def store(alias: str, path: Path) -> Blob:
    """Put a file into storage `alias` under its digest; a second time changes nothing."""
    sha256 = digest(path)
    size = path.stat().st_size
    storage = storages[alias]
    if not (storage.exists(key(sha256)) and storage.size(key(sha256)) == size):
        _replace(storage, sha256, path)
    return Blob(sha256=sha256, bytes=size)


def _replace(storage: Storage, sha256: str, path: Path) -> None:
    # A leftover of other size is a write that a crash cut short: it goes first, since storages rename
    # rather than overwrite.
    if storage.exists(key(sha256)):
        storage.delete(key(sha256))
    with path.open("rb") as file:
        saved_as = storage.save(key(sha256), File(file))
    if saved_as != key(sha256):
        # Another worker stored the same bytes in between; its copy stands.
        storage.delete(saved_as)


@_store_away()
def fetch(alias: str, sha256: str, target: Path) -> Path:
    """Copy a stored file to `target`, checking its digest; raises BlobDamaged when it does not match."""
    seen = hashlib.sha256()
    with open_blob(alias, sha256) as source, target.open("wb") as copy:
        while block := source.read(BLOCK_BYTES):
            seen.update(block)
            copy.write(block)
    if seen.hexdigest() != sha256:
        target.unlink()
        raise BlobDamaged(f"{alias}/{key(sha256)} does not match its checksum; restore it from a backup")
    return target


@_store_away()
def open_blob(alias: str, sha256: str) -> IO[bytes]:
    """Open a stored file for reading."""
    return storages[alias].open(key(sha256), "rb")


@_store_away()
def exists(alias: str, sha256: str) -> bool:
    """Whether the storage holds it."""
    return storages[alias].exists(key(sha256))


@_store_away()
def remove(alias: str, sha256: str) -> None:
    """Delete a stored file that no row names any more; one that is gone already is no fault."""
    storages[alias].delete(key(sha256))


@_store_away()
def size(alias: str, sha256: str) -> int:
    """Bytes of a stored file."""
    return storages[alias].size(key(sha256))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one piece of work, gone afterwards whatever happens.

    What a killed worker of this machine left behind goes first: its folder is no longer locked. Raises OSError when
    the disk under SCRATCH_DIR has less than SCRATCH_MIN_FREE_BYTES left: better to wait than to fail half way.
    """
    root = Path(settings.SCRATCH_DIR)
    root.mkdir(parents=True, exist_ok=True)
    with work_folder(root, SCRATCH_PREFIX) as folder:
        free = shutil.disk_usage(root).free
        if free < settings.SCRATCH_MIN_FREE_BYTES:
            raise OSError(f"only {free // 2**20} MiB are free under {root}; make room and try again")
        yield folder
