"""Writing videos whose bytes depend on the pictures alone: no dates, a fixed number of encoder threads."""

from collections import deque
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.codec.context import ThreadType
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.video.planes import plane_of
from processing.video.source import CONVERTER_THREADS, FULL_RANGE

MAP_LEVELS = 1024
MAX_SIDE = 16384  # px, the most that x264 takes
_MAP_FORMAT = "yuv420p10le"
_NEUTRAL_CHROMA = MAP_LEVELS // 2
# x264 divides its work by this number, and the bytes follow the division: never the machine's count of cores.
_ENCODER_THREADS = 2
MP4_OPTIONS = {"movflags": "+faststart", "fflags": "+bitexact"}
# FORMATS: "near-lossless" is what the published sets use; at 10 bits only qp 0 is exact.
ENCODINGS = {"near-lossless": {"crf": "0"}, "exact": {"qp": "0"}}


def fix_threads(context: VideoCodecContext) -> None:
    """Make the bytes that an x264 encoder writes depend on its pictures and options alone; call before it opens.

    Its threads take a whole frame each. With a slice each, which is what PyAV asks for when nobody says
    otherwise, a thread reads what another one may not have written yet, and on a busy machine every few files
    differ in some packets.
    """
    context.thread_count = _ENCODER_THREADS
    context.thread_type = ThreadType.FRAME


class _Mp4Writer:
    """One H.264 stream of constant rate in an MP4; as a context manager it leaves no file after an error."""

    def __init__(
        self,
        path: str | Path,
        *,
        width: int,
        height: int,
        fps: Fraction,
        pixel_format: str,
        options: dict[str, str],
        full_range: bool,
    ) -> None:
        if width % 2 or height % 2:
            raise BadInput(
                f"{width}x{height}: H.264 wants an even width and height; "
                f"crop the picture to {width - width % 2}x{height - height % 2}"
            )
        self.path = Path(path)
        self.width, self.height = width, height
        self.full_range = full_range
        self._frames = 0
        self._container = av.open(str(self.path), "w", format="mp4", options=MP4_OPTIONS)
        self._stream = self._container.add_stream("libx264", rate=fps, options=options)
        context = self._stream.codec_context
        context.width, context.height = width, height
        context.pix_fmt = pixel_format
        context.time_base = 1 / fps
        fix_threads(context)
        if full_range:
            context.color_range = FULL_RANGE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()
            if kind is not None:
                self.path.unlink(missing_ok=True)

    def _encode(self, frame: VideoFrame) -> None:
        frame.pts = self._frames
        frame.time_base = self._stream.codec_context.time_base
        if self.full_range:
            frame.color_range = FULL_RANGE
        self._container.mux(self._stream.encode(frame))
        self._frames += 1


class MapFrame:
    """A frame for a `MapWriter` in the encoder's own memory: whoever makes a map writes it there, without a copy.

    levels: uint16 (H, W), 0..1023, to be filled; the chroma is neutral.
    """

    def __init__(self, width: int, height: int) -> None:
        self.picture = VideoFrame(width, height, _MAP_FORMAT)
        for chroma in (1, 2):
            plane_of(self.picture, chroma)[:] = _NEUTRAL_CHROMA
        self.levels = plane_of(self.picture, 0)

    def renew(self) -> None:
        """Make it fit to be filled again; whoever else still holds the old picture keeps it."""
        self.picture.make_writable()
        self.levels = plane_of(self.picture, 0)


class MapWriter(_Mp4Writer):
    """Saliency maps as 10-bit H.264: yuv420p10le, neutral chroma, full range and tagged so.

    encoding: a key of `ENCODINGS`; near-lossless comes out in profile High 10, exact in High 4:4:4
    Predictive, the only one that H.264 allows to be lossless. Width and height are even, fps is exact.
    """

    def __init__(self, path: str | Path, *, width: int, height: int, fps: Fraction, encoding: str) -> None:
        super().__init__(
            path,
            width=width,
            height=height,
            fps=fps,
            pixel_format=_MAP_FORMAT,
            options={"preset": "veryfast", **ENCODINGS[encoding]},
            full_range=True,
        )
        self._spare: deque[MapFrame] = deque()

    def frame(self) -> MapFrame:
        """A frame to be filled and appended; any thread may ask for one."""
        try:
            frame = self._spare.popleft()
        except IndexError:
            return MapFrame(self.width, self.height)
        frame.renew()
        return frame

    def append(self, frame: MapFrame) -> None:
        """Append a frame that is filled. It is the writer's from then on, which fills it again: fresh memory for
        each would take a third of the time that a map takes."""
        self._encode(frame.picture)
        self._spare.append(frame)

    def write(self, levels: NDArray[np.uint16]) -> None:
        """Append one map: uint16 (H, W), 0..1023."""
        frame = self.frame()
        frame.levels[:] = levels
        self.append(frame)


class ClipWriter(_Mp4Writer):
    """Pictures as ordinary 8-bit H.264 that every browser plays. Width and height are even, fps is exact."""

    def __init__(self, path: str | Path, *, width: int, height: int, fps: Fraction, crf: int = 18) -> None:
        super().__init__(
            path,
            width=width,
            height=height,
            fps=fps,
            pixel_format="yuv420p",
            options={"preset": "veryfast", "crf": str(crf)},
            full_range=False,
        )

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Append one picture: uint8 (H, W, 3) red, green, blue."""
        self._encode(
            VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                format="yuv420p", threads=CONVERTER_THREADS
            )
        )
