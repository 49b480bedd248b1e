"""A release as one ZIP file: packed with the same bytes each time, unpacked without trusting it."""

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from processing.errors import BadInput
from processing.zip_damage import refused_when_damaged

# The earliest date a ZIP file can hold: dates would make every packing another file.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = stat.S_IFREG | 0o644
_UNIX = 3
_PIECE_BYTES = 1 << 20

MAX_BYTES = 1 << 40
MAX_FILES = 5_000_000


def pack(folder: Path, target: Path) -> Path:
    """Store a folder's files in a ZIP, uncompressed (they are compressed videos), sorted, undated.

    Returns `target`, which appears when it is complete. Raises BadInput when there is no folder or no file in
    it, and for symbolic links.
    """
    folder, target = Path(folder), Path(target)
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder} to pack")
    paths = sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix())
    for path in paths:
        if path.is_symlink():
            raise BadInput(f"{path.relative_to(folder)} is a symbolic link: put the file itself there")
    files = [path for path in paths if path.is_file()]
    if not files:
        raise BadInput(f"the folder {folder} holds no file to pack")
    partial = target.with_name(f".{target.name}.partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            for path in files:
                _store(archive, path, path.relative_to(folder).as_posix())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def unpack(archive: Path, folder: Path, *, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES) -> None:
    """Unpack a ZIP into a new or empty folder.

    Nothing is written outside the folder. Raises BadInput, leaving no folder, for what is no ZIP or is damaged,
    for paths that lead elsewhere, links, encrypted or repeated entries, and for more files or bytes than allowed,
    counted as they come out and not as the archive claims.
    """
    archive, folder = Path(archive), Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} exists and is not an empty folder: give a new one")

    def refusal(error: Exception) -> BadInput:
        return BadInput(f"{archive.name} is not a ZIP file that can be read: {error}")

    try:
        with refused_when_damaged(refusal), zipfile.ZipFile(archive) as opened:
            members = _checked(opened, archive.name, max_files)
            folder.mkdir(parents=True, exist_ok=True)
            left = max_bytes
            for info, path in members:
                left -= _extract(opened, info, folder / path, left, archive.name)
    except FileNotFoundError:
        raise BadInput(f"there is no {archive.name} to unpack") from None
    except (FileExistsError, NotADirectoryError) as error:  # a name is both a file and a folder
        shutil.rmtree(folder, ignore_errors=True)
        raise refusal(error) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _store(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    info = zipfile.ZipInfo(name, _NO_DATE)
    info.create_system = _UNIX
    info.external_attr = _FILE_MODE << 16
    info.file_size = path.stat().st_size  # so that large files get the large header at once
    with path.open("rb") as source, archive.open(info, "w") as target:
        shutil.copyfileobj(source, target, _PIECE_BYTES)


def _checked(
    archive: zipfile.ZipFile, name: str, max_files: int
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The files to extract and their safe paths."""
    if len(archive.infolist()) > max_files:
        raise BadInput(f"{name} holds more than {max_files} files")
    members = []
    seen: set[str] = set()
    for info in archive.infolist():
        path = PurePosixPath(info.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in info.filename or ":" in info.filename:
            raise BadInput(f"{name} holds {info.filename!r}, which leads out of its folder")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadInput(f"{name} holds {info.filename!r}, which is a link or a device and no file")
        if info.flag_bits & 1:
            raise BadInput(f"{name} is encrypted: pack it without a password")
        if info.is_dir():
            continue
        if (key := path.as_posix().casefold()) in seen:
            raise BadInput(f"{name} holds {info.filename!r} twice")
        seen.add(key)
        members.append((info, path))
    return members


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, allowed: int, name: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(info) as source, path.open("xb") as target:
        while piece := source.read(_PIECE_BYTES):
            written += len(piece)
            if written > allowed:
                raise BadInput(f"{name} unpacks to more bytes than are allowed here")
            target.write(piece)
    return written
