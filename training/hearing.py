"""What a listening network hears of a clip: windows of a spectrogram."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from processing.video import VideoFacts, probe, read_samples
from training import sound
from training.windows import Window


class Hearing:
    """The spectrogram that goes with a clip, cut into windows; nothing for a network that does not listen."""

    def __init__(self, window: Window, shown: VideoFacts, heard: Path | None) -> None:
        """heard: the video whose sound it is, None for none, as for a video without a sound track.

        Raises `BadInput` for sound that cannot be decoded.
        """
        self._before_s = window.sound_before_s
        self._whole: NDArray[np.float16] | None = None
        if self._before_s is not None and heard is not None:
            self._steps = round((window.offsets_s[-1] + self._before_s) * sound.STEPS_PER_S)
            self._whole = _spectrogram(heard, Fraction(shown.frames) / shown.fps)

    def windows(self, starts_s: NDArray[np.float64]) -> NDArray[np.float16] | None:
        """(B, mels, steps) for windows whose first pictures are at these times; None where nothing is heard."""
        if self._whole is None or self._before_s is None:
            return None
        begins = np.rint((starts_s - self._before_s) * sound.STEPS_PER_S).astype(int).tolist()
        return np.stack([sound.cut(self._whole, begin, begin + self._steps) for begin in begins])


def _spectrogram(heard: Path, shown_s: Fraction) -> NDArray[np.float16] | None:
    facts = probe(heard)
    own_s = Fraction(facts.frames) / facts.fps
    samples = read_samples(heard, sound.RATE_HZ, own_s) if facts.has_audio else None
    if samples is None:
        return None
    return sound.lasting(sound.log_mel(samples), float(own_s), float(shown_s))
