"""What a file's own bytes say before any codec sees it: which container it is, and whether it is whole.

Videos come from strangers. The container is recognised by its magic bytes, never by its name, and only the
few kinds below are ever opened. Every one of them states its own length, so a file that was cut short is
found out exactly instead of by guessing from its last time stamp.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from processing.errors import BadInput

# FFmpeg's name of the demuxer, by the container's name for people.
DEMUXERS = {"MP4": "mov", "Matroska": "matroska", "AVI": "avi"}

_MP4_FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"}
_MP4_BOXES = _MP4_FIRST_BOXES | {
    b"moof",
    b"mfra",
    b"sidx",
    b"styp",
    b"uuid",
    b"meta",
    b"udta",
    b"emsg",
    b"prft",
}
# More boxes in one box, and more entries in one table of times, only a file made to exhaust a machine has.
_MOST_BOXES, _MOST_ENTRIES = 1_000, 1 << 20
_EBML_HEADER = 0x1A45DFA3
_MATROSKA_SEGMENT = 0x18538067


def container_of(path: Path) -> str:
    """Name the container by its magic bytes: a key of `DEMUXERS`.

    Raises BadInput when there is no such file, when it is empty, or when it is none of these containers.
    """
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; give the path of a video")
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise BadInput(f"{path.name}: the file is empty; give a video")
    if head[4:8] in _MP4_FIRST_BOXES:
        return "MP4"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "AVI"
    if int.from_bytes(head[:4]) == _EBML_HEADER:
        return "Matroska"
    raise BadInput(f"{path.name}: not a video that can be read here; give an MP4, MOV, WebM, MKV or AVI file")


def require_whole(path: Path, container: str) -> None:
    """Raise BadInput when the file ends before the length that its own structure states."""
    stated = {"MP4": _mp4_length, "Matroska": _matroska_length, "AVI": _avi_length}[container]
    actual = path.stat().st_size
    with path.open("rb") as file:
        expected = stated(file, actual)
    if expected > actual:
        raise BadInput(
            f"{path.name}: the file is cut short ({actual} of at least {expected} bytes); "
            "copy or export it again"
        )


def mp4_frame_counts(path: Path) -> Iterator[tuple[int, int]]:
    """For each picture track of an MP4, for how many frames its index has times, and for how many it has sizes.

    Both are the track's samples (ISO/IEC 14496-12, 8.6.1.2 and 8.7.3), whatever an edit list shows of them and
    whatever fragments follow. Nothing for a file that is no MP4, or whose index is packed.
    """
    with path.open("rb") as file:
        for index in _boxes(file, b"moov", 0, path.stat().st_size):
            for track in _boxes(file, b"trak", *index):
                for media in _boxes(file, b"mdia", *track):
                    if any(
                        _read(file, handler, 12)[8:] == b"vide" for handler in _boxes(file, b"hdlr", *media)
                    ):
                        yield from _track_counts(file, media)


def _track_counts(file: BinaryIO, media: tuple[int, int]) -> Iterator[tuple[int, int]]:
    for information in _boxes(file, b"minf", *media):
        for table in _boxes(file, b"stbl", *information):
            sizes = [*_boxes(file, b"stsz", *table), *_boxes(file, b"stz2", *table)]
            for times in _boxes(file, b"stts", *table):
                entries = np.frombuffer(_read(file, times, 8 + 8 * _MOST_ENTRIES)[8:], ">u4")
                for size in sizes:
                    yield int(entries[::2].sum(dtype=np.int64)), int.from_bytes(_read(file, size, 12)[8:])


def _boxes(file: BinaryIO, kind: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the contents of the boxes of one kind between two places of a file begin and end."""
    for found, first, last in islice(_every_box(file, start, end), _MOST_BOXES):
        if found == kind:
            yield first, last


def _every_box(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        size, kind, first = int.from_bytes(head[:4]), head[4:8], start + 8
        if size == 1:
            size, first = int.from_bytes(head[8:16]), start + 16
        elif size == 0:
            size = end - start
        if size < first - start:
            return
        yield kind, first, min(start + size, end)
        start += size


def _read(file: BinaryIO, place: tuple[int, int], most: int) -> bytes:
    file.seek(place[0])
    return file.read(min(place[1] - place[0], most))


def _mp4_length(file: BinaryIO, actual: int) -> int:
    """End of the last top-level box (ISO/IEC 14496-12, 4.2); bytes after it that are no box are ignored.

    A file without its index box, moov, has at least one more to come.
    """
    end, index_seen = 0, False
    while end + 8 <= actual:
        file.seek(end)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4]), head[4:8]
        if kind not in _MP4_BOXES or size == 0:
            break
        if size == 1:
            size = int.from_bytes(head[8:16])
        if size < 8:
            break
        end += size
        index_seen |= kind == b"moov"
    return end if index_seen else max(end, actual) + 8


def _avi_length(file: BinaryIO, actual: int) -> int:
    """End of the last RIFF chunk; long files have several. A size of 0 was never filled in."""
    end = 0
    while end + 12 <= actual:
        file.seek(end)
        head = file.read(12)
        size = int.from_bytes(head[4:8], "little")
        if head[:4] != b"RIFF" or size == 0:
            break
        end += 8 + size
    return end


def _matroska_length(file: BinaryIO, actual: int) -> int:
    """End of the segment (RFC 8794); live recordings leave its size unknown, which says nothing."""
    end = 0
    while end < actual:
        file.seek(end)
        element = _ebml_number(file, keep_marker=True)
        size = _ebml_number(file, keep_marker=False)
        if element is None or size is None:
            break
        end = file.tell() + size
        if element == _MATROSKA_SEGMENT:
            break
    return end


def _ebml_number(file: BinaryIO, *, keep_marker: bool) -> int | None:
    """One variable-length integer of EBML, or None for an unknown size (all bits set) or no number at all."""
    first = file.read(1)
    if not first or first[0] == 0:
        return None
    length = 9 - first[0].bit_length()
    value = int.from_bytes(first + file.read(length - 1))
    if keep_marker:
        return value
    payload = (1 << 7 * length) - 1
    value &= payload
    return None if value == payload else value
