"""The sound of a rendition: AAC, stereo, 48 kHz, in step with the picture and no longer than it."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from av import AudioResampler
from av.audio.frame import AudioFrame
from av.container import OutputContainer

from processing.video.source import open_video

RATE_HZ = 48_000
BIT_RATE = 192_000
_AAC_FRAME = 1024


class SoundTrack:
    """The first sound stream of `source`, encoded into `target` bit by bit as the picture advances."""

    def __init__(self, source: Path, target: OutputContainer, end_s: Fraction) -> None:
        """end_s: length of the picture; sound that would outlast it is left out."""
        self._frames = _stereo_frames(source, end_s)
        self._next = next(self._frames, None)
        self._target = target
        if self._next is not None:
            self._stream = target.add_stream("aac", rate=RATE_HZ, layout="stereo", bit_rate=BIT_RATE)

    def __bool__(self) -> bool:
        """Whether there is any sound."""
        return hasattr(self, "_stream")

    def advance(self, time_s: Fraction) -> None:
        """Encode what is heard before `time_s`."""
        while self._next is not None and Fraction(self._next.pts, RATE_HZ) < time_s:
            self._target.mux(self._stream.encode(self._next))
            self._next = next(self._frames, None)

    def finish(self) -> None:
        """Encode the rest."""
        while self._next is not None:
            self._target.mux(self._stream.encode(self._next))
            self._next = next(self._frames, None)
        if self:
            self._target.mux(self._stream.encode(None))


def _stereo_frames(path: Path, end_s: Fraction) -> Iterator[AudioFrame]:
    """Frames of 48 kHz stereo whose time 0 is the first picture; gaps are filled and early sound is cut."""
    with open_video(path) as (source, video):
        if not source.streams.audio:
            return
        sound = source.streams.audio[0]
        picture_start_s = Fraction(video.start_time or 0) * (video.time_base or 0)
        resampler = AudioResampler(
            "fltp", "stereo", RATE_HZ, frame_size=_AAC_FRAME, options={"async": "1", "first_pts": "0"}
        )
        for frame in _shifted(source.decode(sound), picture_start_s):
            for piece in resampler.resample(frame):
                if Fraction(piece.pts + piece.samples, RATE_HZ) > end_s:
                    return
                yield piece


def _shifted(frames: Iterator[AudioFrame], start_s: Fraction) -> Iterator[AudioFrame | None]:
    for frame in frames:
        if frame.pts is not None and frame.time_base:
            frame.pts -= round(start_s / frame.time_base)
        yield frame
    yield None
