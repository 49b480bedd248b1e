"""What a video is: size, exact rate, number of frames. Packets are counted, one single frame is decoded."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.video.stream import VideoStream

from processing.errors import BadInput
from processing.video.container import mp4_frame_counts
from processing.video.geometry import MAX_PIXELS
from processing.video.rate import constant_rate
from processing.video.source import MAX_DURATION_S, MAX_FRAMES, decoded_frames, open_video

# A clip of the field takes a tenth of a second, and an hour of video as long as its bytes take to be read.
MAX_PROBE_S = 120.0


@dataclass(frozen=True)
class VideoFacts:
    """A video as it is shown.

    width, height: pixels of the upright picture, after a phone's rotation mark is obeyed.
    fps: frames a second, exact; of a truly variable video the average, and `constant_rate` is False.
    frames: frames that are presented; what an edit list discards is not counted.
    codec: FFmpeg's name of the decoder. duration_s: frames / fps.
    rotation_deg: the turn anticlockwise (0, 90, 180, 270) that made the stored picture upright.
    pixel_aspect: width of a pixel by its height. pixel_format: FFmpeg's name of how a picture is stored.
    """

    width: int
    height: int
    fps: Fraction
    frames: int
    codec: str
    has_audio: bool
    constant_rate: bool
    duration_s: float
    rotation_deg: int = 0
    pixel_aspect: Fraction = Fraction(1)
    pixel_format: str = ""


def probe(path: str | Path) -> VideoFacts:
    """Read the facts of a video from its packets and its first frame.

    Raises BadInput for what is no video, holds no frame or only sound, is cut short or damaged, states more or fewer
    frames than it holds, is past the limits of `source`, or takes longer than `MAX_PROBE_S`.
    """
    path = Path(path)
    end = time.monotonic() + MAX_PROBE_S

    def in_time() -> None:
        if time.monotonic() > end:
            raise BadInput(
                f"{path.name}: its first frame does not come within {MAX_PROBE_S:g} s; export it again"
            )

    with open_video(path) as (source, stream):
        for stated, held in mp4_frame_counts(path):
            _require_as_stated(stated, held, path.name)
        ticks = _presentation_ticks(source, stream, path.name, in_time)
        tick_s = stream.time_base
        assert tick_s is not None
        declared = [rate for rate in (stream.guessed_rate, stream.base_rate, stream.average_rate) if rate]
        constant = constant_rate(ticks, tick_s, declared)
        fps = constant or _average_rate(ticks, tick_s, path.name)
        duration_s = float(len(ticks) / fps)
        if duration_s > MAX_DURATION_S:
            raise BadInput(f"{path.name}: lasts {duration_s:.0f} s, more than {MAX_DURATION_S:.0f} s; cut it")
        has_audio = bool(source.streams.audio)
        codec = stream.codec_context.name
        pixel_aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or Fraction(1)
    with open_video(path) as (source, stream):
        frame = next(decoded_frames(source, stream, path.name, in_time=in_time), None)
        if frame is None:
            raise BadInput(f"{path.name}: no frame of it can be decoded; export it again")
        rotation_deg = frame.rotation % 360
        width, height = frame.width, frame.height
        pixel_format = frame.format.name
    if rotation_deg in (90, 270):
        width, height = height, width
        pixel_aspect = 1 / pixel_aspect
    return VideoFacts(
        width=width,
        height=height,
        fps=fps,
        frames=len(ticks),
        codec=codec,
        has_audio=has_audio,
        constant_rate=constant is not None,
        duration_s=duration_s,
        rotation_deg=rotation_deg,
        pixel_aspect=pixel_aspect,
        pixel_format=pixel_format,
    )


def _require_as_stated(stated: int, held: int, name: str) -> None:
    if stated != held:
        raise BadInput(f"{name}: states {stated} frames but holds {held}; copy or export it again")


def _average_rate(ticks: list[int], tick_s: Fraction, name: str) -> Fraction:
    span_s = (ticks[-1] - ticks[0]) * tick_s
    if span_s <= 0:
        raise BadInput(f"{name}: its frames carry no usable time stamps; export it again")
    return (len(ticks) - 1) / span_s


def _presentation_ticks(
    source: InputContainer, stream: VideoStream, name: str, in_time: Callable[[], None]
) -> list[int]:
    """Ascending presentation times of the frames that are shown, in ticks of the stream's time base."""
    context = stream.codec_context
    if context.width * context.height > MAX_PIXELS:
        raise BadInput(f"{name}: its picture of {context.width}x{context.height} is too large; scale it down")
    presented: list[int | None] = []
    decoded: list[int | None] = []
    held = 0
    for packet in source.demux(stream):
        in_time()
        if packet.size == 0:
            continue
        held += 1
        if held > MAX_FRAMES:
            raise BadInput(f"{name}: has more than {MAX_FRAMES} frames; cut it into shorter clips")
        if packet.is_corrupt:
            raise BadInput(f"{name}: its frame {held - 1} is damaged; export it again")
        if not packet.is_discard:
            presented.append(packet.pts)
            decoded.append(packet.dts)
    if stream.frames and source.format.name == "avi":
        _require_as_stated(stream.frames, held, name)
    elif held < stream.frames:
        # The edit list of an MP4 may take frames out of those that it states, or show them again, and fragments
        # follow them; FFmpeg's index knows which.
        _require_as_stated(min(stream.frames, len(stream.index_entries) or stream.frames), held, name)
    if not presented:
        raise BadInput(f"{name}: holds no frame; give a video with pictures in it")
    # AVI knows no presentation times: MPEG-4 in it comes without, in order of decoding at an even pace.
    ticks = [tick for tick in presented if tick is not None]
    if len(ticks) < len(presented):
        ticks = [tick for tick in decoded if tick is not None]
    if len(ticks) < len(presented):
        raise BadInput(f"{name}: some frames carry no time stamp; export it again")
    return sorted(ticks)
