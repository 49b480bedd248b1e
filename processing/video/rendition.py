"""From whatever a curator has to the one kind of file that observers are shown and that a release holds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import av.error
from av.container import OutputContainer
from av.filter import Graph
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from processing.errors import BadInput
from processing.video.facts import VideoFacts, probe
from processing.video.geometry import Framing, framing
from processing.video.sound import CopiedSound, SoundTrack
from processing.video.source import FULL_RANGE, decoded_frames, open_video
from processing.video.timeline import rate_to_use, resampled
from processing.video.write import MP4_OPTIONS, fix_threads

# CRF 16 is what the CrowdSAL set was prepared with.
_X264 = {"preset": "veryfast", "crf": "16", "profile": "high"}
_LIMITED_RANGE = 1
# Filters that make a picture upright, by its rotation mark in degrees anticlockwise.
_TURNS: dict[int, list[tuple[str, str | None]]] = {
    0: [],
    90: [("transpose", "cclock")],
    180: [("hflip", None), ("vflip", None)],
    270: [("transpose", "clock")],
}

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RenditionReport:
    """What became of a source.

    repeated_frames, dropped_frames: source frames shown more than once (each repeat counts) and not at all.
    cropped_px: columns and rows cut off after scaling. settings: JSON-able, enough to make the file again.
    """

    facts: VideoFacts
    source_facts: VideoFacts
    repeated_frames: int
    dropped_frames: int
    cropped_px: tuple[int, int]
    settings: dict[str, str | int] = field(default_factory=dict)


def prepare_rendition(
    source: str | Path,
    target: str | Path,
    *,
    fps: str | int | Fraction = "keep",
    size: str = "keep",
    progress: Progress | None = None,
) -> RenditionReport:
    """Write `target`, an MP4 of H.264 and AAC that browsers play, from `source`, which is only read.

    fps: "keep" for the source's own exact rate (a truly variable one becomes the nearest of 24, 25, 30, 50 and
    60), or a rate. size: "keep" or "full-hd", see `geometry.framing`. The rate is constant, pixels are square,
    the picture upright, interlaced pictures are deinterlaced; subtitles, data, chapters and metadata stay
    behind. progress: called with (source frames done, source frames).
    Raises BadInput for a source that cannot be read and for settings that make no sense; no file is left then.
    """
    source, target = Path(source), Path(target)
    facts = probe(source)
    rate = rate_to_use(fps, facts.fps, facts.constant_rate)
    plan = framing(facts.width, facts.height, facts.pixel_aspect, size)
    return _render(source, target, facts, rate, plan, size=size, frames=facts.frames, progress=progress)


def cut_clip(source: str | Path, target: str | Path, frames: int) -> VideoFacts:
    """Write the first `frames` frames of a rendition, its sound cut alike, to `target`.

    The picture is encoded anew: cutting between packets would take away frames that earlier ones refer to.
    Raises BadInput when `source` cannot be read, its rate varies, or it has fewer frames.
    """
    source, target = Path(source), Path(target)
    facts = probe(source)
    if not facts.constant_rate or not 1 <= frames <= facts.frames:
        raise BadInput(
            f"{source.name}: cannot keep {frames} of {facts.frames} frames; give a prepared rendition"
        )
    plan = framing(facts.width, facts.height, facts.pixel_aspect, "keep")
    return _render(source, target, facts, facts.fps, plan, size="keep", frames=frames, progress=None).facts


def scale_rendition(
    source: str | Path, target: str | Path, size: tuple[int, int], *, progress: Progress | None = None
) -> RenditionReport:
    """Write `target`, the same frames and the same sound as the rendition `source` in another size.

    size: (width, height) in pixels, both even. progress: called with (frames done, frames).
    Raises BadInput when `source` cannot be read or its rate varies.
    """
    source, target = Path(source), Path(target)
    facts = probe(source)
    if not facts.constant_rate:
        raise BadInput(f"{source.name}: its rate varies; give a prepared rendition")
    plan = Framing(size, size)
    return _render(
        source,
        target,
        facts,
        facts.fps,
        plan,
        size=f"{size[0]}x{size[1]}",
        frames=facts.frames,
        progress=progress,
        sound_of=CopiedSound,
    )


def _render(
    source: Path,
    target: Path,
    facts: VideoFacts,
    rate: Fraction,
    plan: Framing,
    *,
    size: str,
    frames: int,
    progress: Progress | None,
    sound_of: type[SoundTrack] | type[CopiedSound] = SoundTrack,
) -> RenditionReport:
    end_s = frames / facts.fps
    repeated = dropped = 0
    try:
        with (
            open_video(source) as (opened, stream),
            av.open(str(target), "w", format="mp4", options=MP4_OPTIONS) as output,
        ):
            pictures = islice(_finished(decoded_frames(opened, stream, source.name), plan), frames)
            encoder: VideoStream | None = None
            written = 0
            for done, (times, picture) in enumerate(resampled(_timed(pictures, facts.fps), end_s, rate), 1):
                if encoder is None:
                    encoder = _picture_encoder(output, picture, rate)
                    sound = sound_of(source, output, end_s)
                for _ in range(times):
                    picture.pts, picture.time_base = written, 1 / rate
                    output.mux(encoder.encode(picture))
                    written += 1
                    sound.advance(written / rate)
                repeated += max(times - 1, 0)
                dropped += times == 0
                if progress is not None:
                    progress(done, frames)
            if encoder is None:
                raise BadInput(f"{source.name}: no frame of it can be decoded; export it again")
            output.mux(encoder.encode(None))
            sound.finish()
        made = probe(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    settings: dict[str, str | int] = {
        "fps": f"{rate.numerator}/{rate.denominator}",
        "size": size,
        "width": plan.size[0],
        "height": plan.size[1],
        "picture": "libx264 " + " ".join(f"{name}={value}" for name, value in sorted(_X264.items())),
        "sound": sound.settings,
    }
    return RenditionReport(made, facts, repeated, dropped, plan.cropped_px, settings)


def _timed(pictures: Iterable[VideoFrame], fps: Fraction) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Each picture with its time in s after the first; those of AVI have none and go by their number."""
    start_s: Fraction | None = None
    for number, picture in enumerate(pictures):
        if picture.pts is None or picture.time_base is None:
            yield number / fps, picture
            continue
        time_s = picture.pts * picture.time_base
        start_s = time_s if start_s is None else start_s
        yield time_s - start_s, picture


def _finished(frames: Iterable[VideoFrame], plan: Framing) -> Iterator[VideoFrame]:
    """Every frame deinterlaced, upright, scaled, cut, with square pixels and in limited range, one for one."""
    graph: Graph | None = None
    for frame in frames:
        if graph is None:
            graph = _finishing_graph(frame, plan)
        graph.vpush(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.vpush(None)
        yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            frame = graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        # A source's own picture types would be forced upon the encoder.
        frame.pict_type = PictureType.NONE
        yield frame


def _finishing_graph(frame: VideoFrame, plan: Framing) -> Graph:
    steps: list[tuple[str, str | None]] = []
    if frame.interlaced_frame:
        steps.append(("bwdif", "mode=send_frame:deint=interlaced"))
    turn = frame.rotation % 360
    if turn not in _TURNS:
        raise BadInput(f"its picture is turned by {turn} degrees; export it upright")
    steps += _TURNS[turn]
    columns, rows = plan.cropped_px
    in_range = "full" if frame.color_range == FULL_RANGE else "auto"
    steps += [
        (
            "scale",
            "{}:{}:flags=lanczos+accurate_rnd:in_range={}:out_range=limited".format(*plan.scaled, in_range),
        ),
        ("crop", "{}:{}:{}:{}".format(*plan.size, columns // 2, rows // 2)),
        ("setsar", "1"),
        ("format", "yuv420p"),
    ]
    graph = Graph()
    nodes = [
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base or Fraction(1, 1000),
        )
    ]
    nodes += [graph.add(name, arguments) for name, arguments in steps]
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph


def _picture_encoder(output: OutputContainer, picture: VideoFrame, rate: Fraction) -> VideoStream:
    stream = output.add_stream("libx264", rate=rate, options=_X264)
    context = stream.codec_context
    context.width, context.height = picture.width, picture.height
    context.pix_fmt = "yuv420p"
    context.time_base = 1 / rate
    fix_threads(context)
    context.color_range = _LIMITED_RANGE
    context.colorspace = picture.colorspace
    context.color_primaries = picture.color_primaries
    context.color_trc = picture.color_trc
    return stream
