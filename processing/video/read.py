"""Frames of a video as arrays, upright, one at a time; at most a few frames lie in memory."""

from collections.abc import Container, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from processing.video.planes import plane_of
from processing.video.source import CONVERTER_THREADS, FULL_RANGE, decoded_frames, open_video

_EACH = 2


class LumaPlane(NamedTuple):
    """The luma of a frame as its file holds it: codes uint16 (H, W) of `bits` bits, full or limited range."""

    codes: NDArray[np.uint16]
    bits: int
    full_range: bool

    @property
    def black(self) -> int:
        """The code of black."""
        return 0 if self.full_range else 16 << (self.bits - 8)

    @property
    def white(self) -> int:
        """The code of white."""
        return (1 << self.bits) - 1 if self.full_range else 235 << (self.bits - 8)


def read_rgb(path: str | Path) -> Iterator[NDArray[np.uint8]]:
    """Yield each frame as uint8 (H, W, 3) red, green, blue. Raises BadInput on what cannot be read."""
    for frame in _frames(path):
        yield _rgb(frame)


def read_some_rgb(path: str | Path, numbers: Container[int]) -> Iterator[NDArray[np.uint8] | None]:
    """As `read_rgb`, with None for each frame whose number, from 0, is not wanted: it is decoded, not converted."""
    for number, frame in enumerate(_frames(path)):
        yield _rgb(frame) if number in numbers else None


def read_luma_planes(path: str | Path) -> Iterator[LumaPlane]:
    """Yield the stored luma of each frame, of 8 to 16 bits; formats without luma are converted to 8 bits."""
    for frame in _frames(path):
        yield _luma_plane(frame)


def read_map(path: str | Path) -> Iterator[NDArray[np.float32]]:
    """Yield the luma of each frame as float32 (H, W) from 0 (black) to 1 (white).

    The file's range tag is honoured, untagged means limited range; what limited range leaves below black and
    above white is clipped.
    """
    for plane in read_luma_planes(path):
        levels = plane.codes.astype(np.float32)
        levels -= np.float32(plane.black)
        levels /= np.float32(plane.white - plane.black)
        yield levels if plane.full_range else np.clip(levels, 0.0, 1.0, out=levels)


def read_sampled_planes(
    path: str | Path, *, fps: Fraction, frames: int, places: int
) -> Iterator[tuple[int, LumaPlane]]:
    """As `read_luma_planes`, some frames with their numbers, of a video of so many frames at a constant rate.

    They are the key frame before each of `places` >= 2 evenly spaced frames, from the first to the last, and the one
    after it, each once: nothing else has to be decoded.
    """
    path = Path(path)
    seen = set()
    for place in range(places):
        with open_video(path) as (source, stream):
            assert stream.time_base is not None
            source.seek(round((frames - 1) * place // (places - 1) / fps / stream.time_base), stream=stream)
            for frame in islice(decoded_frames(source, stream, path.name, threads=1), _EACH):
                assert frame.pts is not None
                number = round(frame.pts * stream.time_base * fps)
                if number not in seen:
                    seen.add(number)
                    yield number, _luma_plane(frame)


def read_luma(path: str | Path) -> Iterator[NDArray[np.uint8]]:
    """Yield the luma of each frame as uint8 (H, W), 0 (black) to 255 (white) whatever the range."""
    for levels in read_map(path):
        yield np.rint(levels * np.float32(255)).astype(np.uint8)


def _frames(path: str | Path) -> Iterator[VideoFrame]:
    path = Path(path)
    with open_video(path) as (source, stream):
        yield from decoded_frames(source, stream, path.name)


def _rgb(frame: VideoFrame) -> NDArray[np.uint8]:
    return _upright(frame.to_ndarray(format="rgb24", threads=CONVERTER_THREADS), frame.rotation)


def _luma_plane(frame: VideoFrame) -> LumaPlane:
    name = frame.format.name
    if not name.startswith(("yuv", "gray", "nv12")) or name.startswith("yuyv") or name.endswith("be"):
        frame = frame.reformat(format="yuv444p", threads=CONVERTER_THREADS)
    return LumaPlane(
        codes=_upright(plane_of(frame, 0).astype(np.uint16), frame.rotation),
        bits=frame.format.components[0].bits,
        full_range=frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj"),
    )


def _upright(picture: NDArray[Any], rotation_deg: int) -> NDArray[Any]:
    """Turn the stored picture by its rotation mark, in degrees anticlockwise."""
    return np.ascontiguousarray(np.rot90(picture, rotation_deg // 90)) if rotation_deg else picture
