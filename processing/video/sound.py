"""The sound of a rendition: AAC, stereo, 48 kHz, in step with the picture and no longer than it."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from av import AudioResampler
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.packet import Packet

from processing.video.source import decodable, open_video

RATE_HZ = 48_000
BIT_RATE = 192_000
_AAC_FRAME = 1024


class SoundTrack:
    """The first sound stream of `source`, encoded into `target` bit by bit as the picture advances."""

    def __init__(self, source: Path, target: OutputContainer, end_s: Fraction) -> None:
        """end_s: length of the picture; sound that would outlast it is left out."""
        self._end_s = end_s
        self._pieces = sound_pieces(source, end_s, layout="stereo", rate_hz=RATE_HZ, piece_samples=_AAC_FRAME)
        self._next = next(self._pieces, None)
        self._target = target
        self._stream = (
            target.add_stream("aac", rate=RATE_HZ, layout="stereo", bit_rate=BIT_RATE) if self._next else None
        )
        self.settings = f"aac stereo {RATE_HZ} Hz {BIT_RATE} bit/s" if self._next else "none"

    def advance(self, time_s: Fraction) -> None:
        """Encode what begins before `time_s`."""
        while self._stream is not None and self._next is not None and self._next[0] < time_s:
            self._target.mux(self._stream.encode(self._next[1]))
            self._next = next(self._pieces, None)

    def finish(self) -> None:
        """Encode the rest."""
        self.advance(self._end_s)
        if self._stream is not None:
            self._target.mux(self._stream.encode(None))


class CopiedSound:
    """The sound of a rendition, its very packets, put into `target` as the picture advances."""

    def __init__(self, source: Path, target: OutputContainer, end_s: Fraction) -> None:
        """end_s: length of the picture; what begins later is left out."""
        self._end_s = end_s
        self._target = target
        self._packets = self._read(source)
        self._next = next(self._packets, None)

        self.settings = "copied" if self._next else "none"

    def advance(self, time_s: Fraction) -> None:
        """Copy what begins before `time_s`."""
        while self._next is not None and self._next[0] < time_s:
            self._target.mux(self._next[1])
            self._next = next(self._packets, None)

    def finish(self) -> None:
        """Copy the rest."""
        self.advance(self._end_s)

    def _read(self, path: Path) -> Iterator[tuple[Fraction, Packet]]:
        with open_video(path) as (source, _):
            if not source.streams.audio:
                return
            sound = source.streams.audio[0]
            copy = self._target.add_stream_from_template(sound)
            for packet in source.demux(sound):
                if packet.dts is None or packet.time_base is None:
                    continue  # the empty one at the end
                packet.stream = copy
                yield packet.dts * packet.time_base, packet


def sound_pieces(
    path: Path, end_s: Fraction, *, layout: str, rate_hz: int, piece_samples: int
) -> Iterator[tuple[Fraction, AudioFrame]]:
    """Pieces of float samples, each with its start in s after the first picture, none of which ends after end_s.

    Gaps are filled with silence, and so is the time before a late start; what comes before the picture is cut.
    Nothing at all of a file without sound.
    """
    with open_video(path) as (source, video):
        if not source.streams.audio:
            return
        sound = decodable(source.streams.audio[0], path.name)
        picture_start_s = (video.start_time or 0) * (video.time_base or Fraction(0))
        resampler = AudioResampler(
            "fltp", layout, rate_hz, frame_size=piece_samples, options={"async": "1", "first_pts": "0"}
        )
        samples = 0
        for frame in _shifted(source.decode(sound), picture_start_s):
            for piece in resampler.resample(frame):
                start_s = Fraction(samples, rate_hz)
                samples += piece.samples
                if Fraction(samples, rate_hz) > end_s:
                    return
                yield start_s, piece


def _shifted(frames: Iterator[AudioFrame], start_s: Fraction) -> Iterator[AudioFrame | None]:
    """Frames with their times counted from `start_s`, then None, which empties the resampler."""
    for frame in frames:
        if frame.pts is not None and frame.time_base:
            frame.pts -= round(start_s / frame.time_base)
        yield frame
    yield None
