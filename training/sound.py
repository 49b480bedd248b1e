"""Sound as a log-mel spectrogram: what a hearing model sees.

Mono at 16 kHz, windows of 25 ms (Hann) every 10 ms, 64 bands evenly spaced on the mel scale from 125 to 7500 Hz,
log(magnitude + 0.01): the values in use since VGGish (Hershey et al. 2017, "CNN Architectures for Large-Scale Audio
Classification").
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
STEPS_PER_S = 100
MELS = 64

# What a network hears begins so long before the first picture that it sees.
LEAD_S = 0.5

_WINDOW = RATE_HZ * 25 // 1000
_HOP = RATE_HZ // STEPS_PER_S
_BINS = 512
_LOWEST_HZ, _HIGHEST_HZ = 125.0, 7500.0
_FLOOR = 0.01

# What digital silence gives in every band.
SILENCE = math.log(_FLOOR)


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float16]:
    """The spectrogram (64, steps) of samples (N,) in [-1, 1]; step s is centred on s / 100 s."""
    steps = len(samples) // _HOP + 1
    padded = np.pad(samples, (_WINDOW // 2, _WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:steps]
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    magnitude = np.abs(np.fft.rfft(frames * window, _BINS, axis=1))
    return np.log(_mel_bands() @ magnitude.T + _FLOOR).astype(np.float16)


def cut(spectrogram: NDArray[np.float16], begin: int, end: int) -> NDArray[np.float16]:
    """Steps `begin` to `end` of a spectrogram (mels, steps), silence where it has none."""
    steps = spectrogram.shape[1]
    before, after = min(max(-begin, 0), end - begin), min(max(end - steps, 0), end - begin)
    inside = spectrogram[:, max(begin, 0) : max(end, 0)]
    return np.pad(inside, ((0, 0), (before, after)), constant_values=SILENCE)


def lasting(spectrogram: NDArray[np.float16], own_s: float, wanted_s: float) -> NDArray[np.float16]:
    """The sound of a clip of `own_s` beside one of `wanted_s`: cut, or from its beginning again, never silent for it.

    Of a clip that lasts as long it is the same.
    """
    steps = round(wanted_s * STEPS_PER_S) + 1
    if own_s < wanted_s:
        once = cut(spectrogram, 0, max(round(own_s * STEPS_PER_S), 1))
        spectrogram = np.tile(once, -(-steps // once.shape[1]))
    return spectrogram[:, :steps]


@cache
def _mel_bands() -> NDArray[np.float64]:
    """Triangles (64, 257) that overlap by half, their corners evenly spaced in mel = 1127 ln(1 + f / 700)."""
    low, high = (1127 * math.log1p(hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    corners = np.linspace(low, high, MELS + 2)
    mel = 1127 * np.log1p(np.fft.rfftfreq(_BINS, 1 / RATE_HZ) / 700)
    rising = (mel - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - mel) / np.diff(corners)[1:, None]
    return np.clip(np.minimum(rising, falling), 0, None)
