"""Tones to count, as a WAV file from which only an ear tells how many they are. Pure.

The file has one length whatever the count, the pauses are uneven, and a floor of noise hides silence from a glance at
the bytes. It is a hurdle for the deaf loudspeaker, not for a program that listens.
"""

import io
import wave

import numpy as np

COUNTS = range(1, 9)  # more would take longer than people like to wait
IN_A_ROW = 2  # sequences that must be counted right, one after the other
RATE_HZ = 16_000
SECONDS = 6.6
TONE_S = 0.25
RAMP_S = 0.02  # of a tone's rise and fall, so that it does not click
LEAD_S = 0.4  # loudspeakers that sleep miss the first moment
PITCHES_HZ = (440.0, 523.25, 587.33, 659.26)  # a, c, d, e: heard by ears that have lost the high tones
LOUDNESS = 0.5  # of full scale
NOISE = 0.004  # of full scale: about -48 dB


def guessed(tries: int) -> float:
    """Probability that somebody who hears nothing passes: right `IN_A_ROW` times before `tries` wrong answers.

    Each answer is right by chance with p = 1 / 8, so of each stretch that ends with a wrong answer or with success
    p² ends with success: 1 - (1 - p²)^tries. With the three tries of a study that says nothing else, 4.6 %.
    """
    return 1 - (1 - (1 / len(COUNTS)) ** IN_A_ROW) ** tries


def wav(count: int, *, seed: int) -> bytes:
    """`count` tones in 16-bit mono at 16 kHz, as a WAV file of one size for every count and seed."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(0, NOISE, int(SECONDS * RATE_HZ))
    tone_length = int(TONE_S * RATE_HZ)
    for onset in _onsets(count, rng):
        signal[onset : onset + tone_length] += LOUDNESS * _tone(tone_length, rng.choice(PITCHES_HZ))
    pcm = np.rint(np.clip(signal, -1, 1) * np.iinfo(np.int16).max).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(pcm.tobytes())
    return file.getvalue()


def _onsets(count: int, rng: np.random.Generator) -> list[int]:
    """Where each tone begins, in samples: each in a place of its own, somewhere within it."""
    places = len(COUNTS)
    place_s = (SECONDS - LEAD_S) / places
    chosen = np.sort(rng.permutation(places)[:count])
    slack_s = place_s - 2 * TONE_S  # the pause after a tone is at least as long as the tone
    return [int((LEAD_S + place_s * place + rng.uniform(0, slack_s)) * RATE_HZ) for place in chosen]


def _tone(length: int, pitch_hz: float) -> np.ndarray:
    """A sine (N,) between 0 and 1 of full scale that rises and falls softly."""
    t_s = np.arange(length) / RATE_HZ
    envelope = np.minimum(1, np.minimum(t_s, t_s[::-1]) / RAMP_S)
    return np.sin(2 * np.pi * pitch_hz * t_s) * envelope
