"""A zip of predictions, looked at before a byte of it is unpacked.

Everything wrong with it is listed at once, so that a team mends its archive in one go.
"""

import shutil
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from processing.validation.names import folder_around, name_faults
from processing.validation.report import Finding, Refused
from processing.zip_damage import refused_when_damaged

MAX_CLIP_BYTES = 2 * 2**30  # 20 s of Full HD maps at qp 0 are about 40 MB
MAX_RATIO = 50  # a video hardly shrinks; what unpacks to fifty times its size is no video


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip; raises Refused when it is none or is damaged."""
    with refused_when_damaged(
        lambda error: Refused([f"the file is not a zip that can be read ({error}): pack it again"])
    ):
        archive = zipfile.ZipFile(path)
    with archive:
        yield archive


def archive_faults(archive: zipfile.ZipFile, names: Sequence[str]) -> list[Finding]:
    """What keeps the archive from being scored: it has to hold NAME.mp4 for each of `names` and nothing else.

    The shadow files that a Mac packs along (__MACOSX, ._NAME.mp4, .DS_Store) are passed over.
    """
    entries = [entry for entry in archive.infolist() if not is_shadow(entry.filename)]
    counts = Counter(entry.filename for entry in entries)
    found = [
        Finding(name, f"is in the zip {count} times: pack it once")
        for name, count in sorted(counts.items())
        if count > 1
    ]
    found += name_faults(counts, names)
    wanted = {f"{folder_around(counts, names)}{name}.mp4" for name in names}
    for entry in entries:
        if entry.filename in wanted:
            found += [Finding(entry.filename, fault) for fault in _entry_faults(entry)]
    return found


def is_shadow(name: str) -> bool:
    """Whether a Mac packed this along with the file that was meant."""
    path = PurePosixPath(name)
    return path.parts[:1] == ("__MACOSX",) or path.name.startswith("._") or path.name == ".DS_Store"


def unpack(archive: zipfile.ZipFile, names: Sequence[str], folder: Path) -> None:
    """Write NAME.mp4 of each name into `folder`, by our names and never by those in the archive.

    Call it on an archive without `archive_faults`. Raises Refused where the bytes do not match their checksums.
    """
    for name in names:
        unpack_one(archive, f"{name}.mp4", folder / f"{name}.mp4")


def unpack_one(archive: zipfile.ZipFile, entry: str, target: Path) -> None:
    """Write one file of the archive. Raises Refused where the bytes do not match their checksum."""
    with (
        refused_when_damaged(lambda error: Refused([f"{entry} is damaged in the zip: pack it again"])),
        archive.open(entry) as source,
        target.open("wb") as file,
    ):
        shutil.copyfileobj(source, file)


def _entry_faults(entry: zipfile.ZipInfo) -> Iterator[str]:
    mode = entry.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        yield "is a link or a device in the zip: pack the file itself"
    if entry.flag_bits & 0x1:
        yield "is encrypted: pack it without a password"
    if entry.file_size == 0:
        yield "is empty: write the video again"
    if entry.file_size > MAX_CLIP_BYTES:
        yield f"is larger than {MAX_CLIP_BYTES // 2**20} MiB: encode it smaller"
    elif entry.file_size > MAX_RATIO * max(1, entry.compress_size):
        yield f"unpacks to more than {MAX_RATIO} times its size: no video does"
