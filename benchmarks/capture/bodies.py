"""Chunks as the player cuts them, made beforehand: the hand of one observer over a whole load."""

import gzip
import hashlib
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from collector.protocol import CHUNK_INTERVAL_MS, write_chunk
from collector.simulation.recording import START_BEFORE_US, Window, record
from processing.synthetic import Hand

FPS = Fraction(30)
WIDTH, HEIGHT = 1280, 720
SAMPLES_LEEWAY = 3  # samples more or less in a chunk, since their times jitter


@dataclass(frozen=True)
class Body:
    """One chunk: as it is stored, as it travels, and the digest by which it is known again."""

    number: int
    samples: int
    plain: bytes
    packed: bytes
    sha256: str

    @classmethod
    def of(cls, number: int, samples: int, plain: bytes) -> "Body":
        """Packed as thoroughly as browsers do."""
        return cls(
            number, samples, plain, gzip.compress(plain, 6, mtime=0), hashlib.sha256(plain).hexdigest()
        )


def wandering_hand(seconds: float, rate_hz: int, seed: int) -> Hand:
    """A hand that never rests: a smooth path with tremor, `rate_hz` events a second at times that jitter."""
    rng = np.random.default_rng(seed)
    step_us = 1_000_000 // rate_hz
    t_us = np.arange(0, int(seconds * 1_000_000), step_us)
    t_us = t_us + rng.integers(0, max(1, step_us // 4), len(t_us))
    t_s = t_us / 1e6
    turns, phases = rng.uniform(0.1, 1.5, (2, 4)), rng.uniform(0, 2 * np.pi, (2, 4))
    sway = np.sin(2 * np.pi * turns[:, :, None] * t_s + phases[:, :, None]).mean(axis=1)
    tremor = rng.normal(0, 0.4, (2, len(t_us)))
    x_px, y_px = (sway + 1) / 2 * np.array([[WIDTH], [HEIGHT]]) + tremor
    return Hand(t_us=t_us, x_px=x_px, y_px=y_px)


def chunk_bodies(count: int, samples: int, seed: int) -> list[Body]:
    """`count` chunks of about `samples` samples each."""
    interval_s = CHUNK_INTERVAL_MS / 1000
    seconds = count * interval_s
    chunks = record(
        wandering_hand(seconds, round(samples / interval_s), seed),
        fps=FPS,
        frames=int(seconds * FPS),
        width=WIDTH,
        height=HEIGHT,
        hold_after_end_s=0,
        chunk_interval_ms=CHUNK_INTERVAL_MS,
        window=Window(),
        t_start_us=START_BEFORE_US + 2_000_000 + seed,
    )
    return [Body.of(chunk.n, len(chunk.samples.t_us), write_chunk(chunk)) for chunk in chunks[:count]]
