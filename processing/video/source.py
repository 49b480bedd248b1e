"""Opening a video that a stranger made: named containers only, nothing but this one file, bounded sizes."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from processing.errors import BadInput
from processing.video.container import DEMUXERS, container_of, require_whole

AnyStream = TypeVar("AnyStream", bound=Stream)

# Caps against files made to exhaust a machine; a clip of the field is 20 s of Full HD.
MAX_FRAMES = 250_000
MAX_DURATION_S = 3600.0
# Not the video's fault: these reach the caller as the OSError that they are.
_DISK_TROUBLES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE}
# More threads write past the ends of their rows, into each other's, at widths that do not suit them.
CONVERTER_THREADS = 1
FULL_RANGE = 2  # the tag AVCOL_RANGE_JPEG; everything else, untagged included, is limited range


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video for reading: its container and its picture stream, the first that is no cover picture.

    FFmpeg's errors inside the block, and every reason not to read the file, come out as one-line BadInput.
    """
    require_whole(path, container := container_of(path))
    try:
        with av.open(
            str(path.resolve()),
            format=DEMUXERS[container],
            # Whatever the file asks for, nothing is fetched over a network.
            options={"protocol_whitelist": "file"},
        ) as source:
            yield source, _picture_stream(source, path)
    except av.error.EOFError as error:
        raise BadInput(
            f"{path.name}: ends before its first frame; give a video with pictures in it"
        ) from error
    except av.error.FFmpegError as error:
        if error.errno in _DISK_TROUBLES:
            raise
        raise BadInput(
            f"{path.name}: cannot be read as a video ({error.strerror}); export it again"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}: its metadata is damaged; export it again") from error


def _picture_stream(source: InputContainer, path: Path) -> VideoStream:
    for stream in source.streams.video:
        if Disposition.attached_pic not in stream.disposition:
            return decodable(stream, path.name)
    if source.streams.audio:
        raise BadInput(f"{path.name}: holds sound but no picture; give a file with a video stream")
    raise BadInput(f"{path.name}: holds no video stream; give a video")


def decodable(stream: AnyStream, name: str) -> AnyStream:
    """The stream itself; BadInput when there is no decoder for it."""
    if stream.codec_context is None:
        raise BadInput(f"{name}: its {stream.type} is in an unknown codec; export it as H.264 with AAC sound")
    return stream


def decoded_frames(
    source: InputContainer,
    stream: VideoStream,
    name: str,
    *,
    threads: int = 0,
    in_time: Callable[[], None] = lambda: None,
) -> Iterator[VideoFrame]:
    """Every frame in the order of presentation, all of one size; BadInput on a damaged or resized one.

    threads: of the decoder; 0 leaves their number to it. in_time: called before every packet, raises what shall end
    the decoding; an edit list may take thousands of frames away before the first that comes out.
    """
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = threads
    size: tuple[int, int] | None = None
    for number, frame in enumerate(_decoded(source, stream, in_time)):
        if number >= MAX_FRAMES:
            raise BadInput(f"{name}: has more than {MAX_FRAMES} frames; cut it into shorter clips")
        if frame.is_corrupt:
            raise BadInput(f"{name}: frame {number} is damaged; export it again")
        size = size or (frame.width, frame.height)
        if (frame.width, frame.height) != size:
            raise BadInput(f"{name}: the picture's size changes at frame {number}; export it at one size")
        yield frame


def _decoded(
    source: InputContainer, stream: VideoStream, in_time: Callable[[], None]
) -> Iterator[VideoFrame]:
    for packet in source.demux(stream):
        in_time()
        yield from packet.decode()
