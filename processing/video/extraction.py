"""Frames as the published scorer sees them: extracted by FFmpeg to PNG pictures, channels averaged.

An extraction writes 16 bits a channel for files of more than 8 bits and 8 bits otherwise, and turns YUV into
RGB on the way, which clips and, in 8 bits, rounds. A grey picture passes through that conversion level by
level, so FFmpeg is asked once what becomes of each level, and a frame costs no more than its decoding. A
picture with colour in it is converted as a whole.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from processing.video.source import decoded_frames, open_video

_TABLE_ROW = 256


class ExtractedFrame(NamedTuple):
    """A picture and the meaning of its numbers; the grey value of a pixel is ``greys[code]``.

    codes: unsigned integers (H, W), origin top left.
    greys: float64 (L,), never falling: the mean of the channels that the PNG picture would hold, 0..255 of an
    8-bit file and 0..65535 of a deeper one.
    """

    codes: NDArray[np.unsignedinteger]
    greys: NDArray[np.float64]


def read_extracted(path: str | Path) -> Iterator[ExtractedFrame]:
    """Yield each frame, upright, one at a time. Raises BadInput on what cannot be read."""
    path = Path(path)
    with open_video(path) as (source, stream):
        for frame in decoded_frames(source, stream, path.name):
            yield _extracted(frame)


def _extracted(frame: VideoFrame) -> ExtractedFrame:
    name = frame.format.name
    bits = frame.format.components[0].bits
    deep = bits > 8
    if _is_planar(name) and _is_grey(frame):
        codes = _plane(frame, 0)
        target = ("gray16le" if deep else "gray") if name.startswith("gray") else _rgb(deep)
        greys = _grey_levels(name, bits, target, int(frame.color_range), int(frame.colorspace))
    else:
        channels = frame.to_ndarray(format=_rgb(deep))
        codes = channels.sum(axis=2, dtype=np.uint32)  # of 16 bits, three times 65535
        greys = _colour_levels(deep)
    if frame.rotation:
        codes = np.ascontiguousarray(np.rot90(codes, k=frame.rotation // 90))
    return ExtractedFrame(codes, greys)


def _rgb(deep: bool) -> str:
    return "rgb48le" if deep else "rgb24"


def _is_planar(name: str) -> bool:
    """Whether the pixel format has luma and chroma in planes of their own, in this machine's byte order."""
    return name.startswith(("yuv4", "yuvj4", "gray")) and not name.endswith("be")


def _is_grey(frame: VideoFrame) -> bool:
    """Whether both chroma planes hold their neutral value and nothing else."""
    neutral = 1 << (frame.format.components[0].bits - 1)
    return all((_plane(frame, index) == neutral).all() for index in range(1, len(frame.planes)))


def _plane(frame: VideoFrame, index: int) -> NDArray[np.unsignedinteger]:
    plane = frame.planes[index]
    deep = frame.format.components[index].bits > 8
    kind: np.dtype[np.unsignedinteger] = np.dtype("<u2") if deep else np.dtype(np.uint8)
    rows = np.frombuffer(memoryview(plane), kind).reshape(plane.height, plane.line_size // kind.itemsize)
    return rows[:, : plane.width]


@lru_cache(maxsize=32)
def _grey_levels(name: str, bits: int, target: str, color_range: int, colorspace: int) -> NDArray[np.float64]:
    """What FFmpeg makes of every luma code of a format when the chroma is neutral: float64 (2**bits,)."""
    levels = 1 << bits
    probe = VideoFrame(_TABLE_ROW, max(2, levels // _TABLE_ROW), name)
    probe.color_range, probe.colorspace = color_range, colorspace
    kind = np.dtype("<u2" if bits > 8 else np.uint8)
    codes = np.resize(np.arange(levels, dtype=kind), (probe.height, _TABLE_ROW))
    for index, plane in enumerate(probe.planes):
        rows = np.full((plane.height, plane.line_size // kind.itemsize), levels // 2, kind)
        if index == 0:
            rows[:, :_TABLE_ROW] = codes
        plane.update(rows.tobytes())
    picture = probe.to_ndarray(format=target).astype(np.float64)
    greys = picture if picture.ndim == 2 else picture.mean(axis=2)
    return np.maximum.accumulate(greys.ravel()[:levels])


@lru_cache(maxsize=2)
def _colour_levels(deep: bool) -> NDArray[np.float64]:
    """The mean of three channels by their sum."""
    return np.arange(3 * (65535 if deep else 255) + 1) / 3
