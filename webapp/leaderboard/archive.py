"""A submitted zip is looked at before a byte of it is unpacked.

Everything wrong with it is listed at once, so that a team mends its archive in one go.
"""

import shutil
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from processing.errors import BadInput

MAX_CLIP_BYTES = 2 * 2**30  # 20 s of Full HD maps at qp 0 are about 40 MB
MAX_RATIO = 50  # a video hardly shrinks; what unpacks to fifty times its size is no video
SHOWN_FAULTS = 20


class SubmissionRefused(BadInput):
    """An archive that cannot be scored; `faults` has one line for each reason."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults[:SHOWN_FAULTS]))
        self.faults = list(faults)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip; raises SubmissionRefused when it is none or is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        raise SubmissionRefused(
            [f"the file is not a zip that can be read ({error}): pack it again"]
        ) from error


def faults(archive: zipfile.ZipFile, names: Sequence[str]) -> list[str]:
    """What keeps the archive from being scored: it has to hold NAME.mp4 for each of `names` and nothing else."""
    found: list[str] = []
    wanted = {f"{name}.mp4" for name in names}
    entries = Counter(entry.filename for entry in archive.infolist())
    found += [f"{name} is in it {count} times" for name, count in sorted(entries.items()) if count > 1]
    found += [f"{name} is missing" for name in sorted(wanted - set(entries))]
    strangers = sorted(set(entries) - wanted)
    found += [f"{name!r} does not belong: put NAME.mp4 files at the top, nothing else" for name in strangers]
    for entry in archive.infolist():
        if entry.filename in wanted:
            found += [f"{entry.filename} {fault}" for fault in _entry_faults(entry)]
    return found


def _entry_faults(entry: zipfile.ZipInfo) -> Iterator[str]:
    mode = entry.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        yield "is a link or a device, not a file"
    if entry.flag_bits & 0x1:
        yield "is encrypted"
    if entry.file_size == 0:
        yield "is empty"
    if entry.file_size > MAX_CLIP_BYTES:
        yield f"is larger than {MAX_CLIP_BYTES // 2**20} MiB"
    elif entry.file_size > MAX_RATIO * max(1, entry.compress_size):
        yield f"unpacks to more than {MAX_RATIO} times its size"


def unpack(archive: zipfile.ZipFile, names: Sequence[str], folder: Path) -> None:
    """Write NAME.mp4 of each name into `folder`, by our names and never by those in the archive.

    Call it on an archive without `faults`. Raises SubmissionRefused where the bytes do not match their checksums.
    """
    for name in names:
        try:
            with archive.open(f"{name}.mp4") as source, (folder / f"{name}.mp4").open("wb") as target:
                shutil.copyfileobj(source, target)
        except zipfile.BadZipFile as error:
            raise SubmissionRefused([f"{name}.mp4 is damaged in the zip: pack it again"]) from error
