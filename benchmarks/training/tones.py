"""A tone beside the pictures of a clip, which are copied; for the bench, and for tests of what listens."""

from pathlib import Path

import av
import numpy as np

RATE_HZ = 48_000
PIECE = 1024  # samples of one AAC frame


def with_tone(clip: Path, hz: float, *, samples: int, begins_s: float = 0) -> None:
    """Put so many samples of sound into a clip that has none: silence up to `begins_s`, then a tone."""
    heard = clip.with_name("heard.mp4")
    with av.open(str(clip)) as source, av.open(str(heard), "w") as target:
        pictures = target.add_stream_from_template(source.streams.video[0])
        tone = target.add_stream("aac", rate=RATE_HZ, layout="mono")
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = pictures
                target.mux(packet)
        for first in range(0, samples, PIECE):
            time_s = (first + np.arange(PIECE)) / RATE_HZ
            sound = 0.5 * np.sin(2 * np.pi * hz * time_s) * (time_s >= begins_s)
            frame = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE_HZ, first
            target.mux(tone.encode(frame))
        target.mux(tone.encode(None))
    heard.replace(clip)
