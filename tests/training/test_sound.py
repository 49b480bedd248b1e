"""The spectrogram shows when something sounds and how high."""

import numpy as np
import pytest

from training import sound


def tone(hz: float, seconds: float) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * sound.RATE_HZ)) / sound.RATE_HZ).astype(
        np.float32
    )


def test_silence_has_one_value_everywhere() -> None:
    spectrogram = sound.log_mel(np.zeros(sound.RATE_HZ, np.float32))
    assert spectrogram.shape == (sound.MELS, 101)
    np.testing.assert_allclose(spectrogram, sound.SILENCE, rtol=1e-3)


@pytest.mark.parametrize(("low", "high"), [(200.0, 400.0), (400.0, 3000.0), (3000.0, 7000.0)])
def test_a_higher_tone_peaks_in_a_higher_band(low: float, high: float) -> None:
    peaks = [sound.log_mel(tone(hz, 0.5)).astype(float).mean(1).argmax() for hz in (low, high)]
    assert peaks[0] < peaks[1]


def test_a_click_is_seen_when_it_happens() -> None:
    samples = np.zeros(sound.RATE_HZ, np.float32)
    samples[round(0.37 * sound.RATE_HZ)] = 1
    loudness = sound.log_mel(samples).astype(float).sum(0)
    assert abs(int(loudness.argmax()) - 37) <= 1


@pytest.mark.parametrize(("begin", "end"), [(-5, 3), (2, 8), (7, 14), (-9, -2), (20, 25), (-4, 15)])
def test_a_cut_is_silent_where_there_is_no_sound(begin: int, end: int) -> None:
    spectrogram = np.arange(10, dtype=np.float16) * np.ones((2, 1), np.float16)
    expected = [float(step) if 0 <= step < 10 else sound.SILENCE for step in range(begin, end)]
    np.testing.assert_allclose(sound.cut(spectrogram, begin, end)[1], expected, rtol=1e-3)
