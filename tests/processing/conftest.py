"""Small clips of every shape, made on the spot with PyAV itself and none of the code under test."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import pytest


class MakeClip(Protocol):
    def __call__(self, name: str, **settings: Any) -> Path: ...


def picture(number: int, width: int, height: int) -> np.ndarray:
    """Frame `number`: its top left quarter is white, the rest has a grey of its own."""
    frame = np.full((height, width, 3), number * 4 % 200, np.uint8)
    frame[: height // 2, : width // 2] = 255
    return frame


@pytest.fixture
def make_clip(tmp_path: Path) -> MakeClip:
    """make_clip("name.mp4", width=, height=, frames=, fps=, codec=, ticks=, tick_s=, sound_s=, turn_deg=, ...)."""

    def make(
        name: str,
        *,
        width: int = 64,
        height: int = 48,
        frames: int = 30,
        fps: Fraction | int = 30,
        codec: str = "libx264",
        ticks: Sequence[int] | None = None,
        tick_s: Fraction | None = None,
        sound_s: float = 0,
        turn_deg: int | None = None,
        pixel_aspect: Fraction | None = None,
        pixel_format: str = "yuv420p",
        options: dict[str, str] | None = None,
        movflags: str = "",
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w", options={"movflags": movflags} if movflags else {}) as container:
            stream = container.add_stream(codec, rate=Fraction(fps), options=options or {})
            stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
            stream.codec_context.time_base = tick_s or 1 / Fraction(fps)
            if pixel_aspect is not None:
                stream.codec_context.sample_aspect_ratio = pixel_aspect
            if turn_deg is not None:
                stream.set_display_rotation(turn_deg)
            sound = container.add_stream("aac", rate=44_100, layout="mono") if sound_s else None
            if not frames:
                container.start_encoding()
            for number in range(frames):
                frame = av.VideoFrame.from_ndarray(picture(number, width, height)).reformat(
                    format=pixel_format
                )
                frame.pts = ticks[number] if ticks else number
                frame.time_base = tick_s or 1 / Fraction(fps)
                container.mux(stream.encode(frame))
            if frames:
                container.mux(stream.encode(None))
            if sound is not None:
                for piece in range(round(sound_s * 44_100 / 1024)):
                    tone = np.sin(np.arange(1024, dtype=np.float32)[None] / 20)
                    heard = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
                    heard.sample_rate, heard.pts = 44_100, piece * 1024
                    container.mux(sound.encode(heard))
                container.mux(sound.encode(None))
        return path

    return make


@pytest.fixture
def sound_only(tmp_path: Path) -> Path:
    """An MP4 that holds half a second of silence and no picture."""
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=44_100, layout="mono")
        for piece in range(20):
            heard = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            heard.sample_rate, heard.pts = 44_100, piece * 1024
            container.mux(sound.encode(heard))
        container.mux(sound.encode(None))
    return path
