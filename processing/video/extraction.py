"""Frames as a scorer reads them: integer codes, and what each code is worth.

The published scorers differ in how they read. One extracts PNG pictures, 16 bits a channel for files of more than 8
bits and 8 bits otherwise, which turns YUV into RGB on the way (clipped and, in 8 bits, rounded), and averages the
channels; the other asks FFmpeg for 16-bit grey, which is the luma spread to its full range. A grey picture passes
through either conversion level by level, so FFmpeg is asked once what becomes of each level, and a frame costs no
more than its decoding. What has colour in it is converted as a whole where colour counts.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from processing.video.planes import plane_of
from processing.video.source import CONVERTER_THREADS, decoded_frames, open_video

_TABLE_ROW = 256


class Reading(Enum):
    """How frames become grey values."""

    PICTURES = "the mean of the channels of extracted pictures, upright"
    LUMA = "16-bit grey, as the file stores the picture"
    UPRIGHT_LUMA = "16-bit grey, upright"


class ExtractedFrame(NamedTuple):
    """A picture and the meaning of its numbers; the grey value of a pixel is ``greys[code]``.

    codes: unsigned integers (H, W), origin top left; often a view on the decoder's own memory. A stream made to can
    hold codes past its bits, for which there is no grey.
    greys: float64 (L,), never falling: 0..255 of pictures of 8 bits and 0..65535 otherwise.
    bits: of the file's luma. coloured: whether the file has colour here, which `Reading.LUMA` passes over.
    """

    codes: NDArray[np.unsignedinteger]
    greys: NDArray[np.float64]
    bits: int = 10
    coloured: bool = False


def read_extracted(
    path: str | Path,
    reading: Reading = Reading.PICTURES,
    *,
    threads: int = 0,
    in_time: Callable[[], None] = lambda: None,
) -> Iterator[ExtractedFrame]:
    """Yield each frame, one at a time; threads: of the decoder, 0 for as many as it likes.

    in_time: called for every packet, see `decoded_frames`. Raises BadInput on what cannot be read.
    """
    path = Path(path)
    with open_video(path) as (source, stream):
        for frame in decoded_frames(source, stream, path.name, threads=threads, in_time=in_time):
            yield _extracted(frame, reading)


def _extracted(frame: VideoFrame, reading: Reading) -> ExtractedFrame:
    name = frame.format.name
    bits = frame.format.components[0].bits
    deep = bits > 8
    coloured = not (_is_planar(name) and _is_grey(frame))
    if _is_planar(name) and not (coloured and reading is Reading.PICTURES):
        codes = plane_of(frame, 0)
        target = (
            _rgb(deep)
            if reading is Reading.PICTURES and not name.startswith("gray")
            else _grey(reading, deep)
        )
        greys = _grey_levels(name, bits, target, int(frame.color_range), int(frame.colorspace))
    elif reading is Reading.PICTURES:
        channels = frame.to_ndarray(format=_rgb(deep), threads=CONVERTER_THREADS)
        codes = channels.sum(axis=2, dtype=np.uint32)  # of 16 bits, three times 65535
        greys = _colour_levels(deep)
    else:
        codes = frame.to_ndarray(format=_grey(reading, deep), threads=CONVERTER_THREADS).astype(
            np.uint16, copy=False
        )
        greys = _ALL_GREYS
    if frame.rotation and reading is not Reading.LUMA:
        codes = np.ascontiguousarray(np.rot90(codes, k=frame.rotation // 90))
    return ExtractedFrame(codes, greys, bits, coloured)


def _rgb(deep: bool) -> str:
    return "rgb48le" if deep else "rgb24"


def _grey(reading: Reading, deep: bool) -> str:
    return "gray" if reading is Reading.PICTURES and not deep else "gray16le"


def _is_planar(name: str) -> bool:
    """Whether the pixel format has luma and chroma in planes of their own, in this machine's byte order."""
    return name.startswith(("yuv4", "yuvj4", "gray")) and not name.endswith("be")


def _is_grey(frame: VideoFrame) -> bool:
    """Whether both chroma planes hold their neutral value and nothing else."""
    neutral = 1 << (frame.format.components[0].bits - 1)
    chroma = (plane_of(frame, index) for index in range(1, len(frame.planes)))
    return all(plane.min() == neutral == plane.max() for plane in chroma)


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
    picture = probe.to_ndarray(format=target, threads=CONVERTER_THREADS).astype(np.float64)
    greys = picture if picture.ndim == 2 else picture.mean(axis=2)
    return np.maximum.accumulate(greys.ravel()[:levels])


@lru_cache(maxsize=2)
def _colour_levels(deep: bool) -> NDArray[np.float64]:
    """The mean of three channels by their sum."""
    return np.arange(3 * (65535 if deep else 255) + 1) / 3


_ALL_GREYS = np.arange(1 << 16, dtype=np.float64)
