"""Facts of many videos, read in seconds: packets are counted and a single frame is decoded."""

import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from processing.errors import BadInput
from processing.validation.report import Report
from processing.video import VideoFacts, probe

Key = TypeVar("Key")

GREY_FORMATS = ("gray", "yuv", "yuvj", "nv12")
# Past the letters that name the family: yuv420p10le, gray16be, grayf32le. Formats of 8 bits do not spell them out.
_BITS = re.compile(r"(?:p|grayf?)(\d+)(?:le|be)?$")


def facts_of(videos: Iterable[tuple[Key, Path]]) -> Iterator[tuple[Key, VideoFacts | BadInput]]:
    """The facts of each video, or why there are none, in the given order, several at a time."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        yield from pool.map(lambda item: (item[0], _facts(item[1])), videos)


def _facts(path: Path) -> VideoFacts | BadInput:
    try:
        return probe(path)
    except BadInput as error:
        return error


def check_coding(report: Report, file: str, facts: VideoFacts, *, bits: int | None = None) -> None:
    """Warn of a coding that is read, but is not what the field's maps have.

    bits: how many at least a map should have; nothing is said of them where it is left out.
    """
    if facts.codec != "h264":
        report.warn(file, f"is coded as {facts.codec}: it is read here, the field's programs expect H.264")
    if not facts.pixel_format.startswith(GREY_FORMATS):
        report.warn(file, f"is stored as {facts.pixel_format}: maps are grey, store them as yuv420p10le")
    elif bits is not None and _bits(facts.pixel_format) < bits:
        report.warn(
            file,
            f"has {_bits(facts.pixel_format)} bits ({facts.pixel_format}): yuv420p10le keeps finer levels apart",
        )


def _bits(pixel_format: str) -> int:
    """Bits of a component by FFmpeg's name of a format."""
    spelled = _BITS.search(pixel_format)
    return int(spelled[1]) if spelled else 8
