"""Eyes that jump between places, and hands that follow them late, rounded off by a symmetric window."""

import numpy as np
import pytest

from processing.tracks import Track

WIDTH, HEIGHT = 720, 576


def scanpath(observer: str, *, seed: int, seconds: float = 8.0, scene: int = 0) -> Track:
    """Eyes at 250 Hz: mostly on the scene's own moving place, now and then elsewhere."""
    rng = np.random.default_rng([seed, scene])
    shared = np.random.default_rng(scene)
    t_us = np.arange(0, round(seconds * 1e6), 4_000)
    phase = shared.uniform(0, 2 * np.pi, 4)
    t_s = t_us / 1e6
    aim_x = WIDTH * (0.5 + 0.2 * np.sin(1.7 * t_s + phase[0]) + 0.15 * np.sin(4.1 * t_s + phase[1]))
    aim_y = HEIGHT * (0.5 + 0.2 * np.sin(1.3 * t_s + phase[2]) + 0.15 * np.sin(3.7 * t_s + phase[3]))
    start = 0
    while start < len(t_us):
        length = int(rng.uniform(0.2, 0.6) * 250)
        span = slice(start, start + length)
        aim_x[span] = aim_x[span][0] + rng.normal(0, 30)
        aim_y[span] = aim_y[span][0] + rng.normal(0, 30)
        start += length
    return Track(observer, t_us, np.clip(aim_x, 0, WIDTH - 1), np.clip(aim_y, 0, HEIGHT - 1))


def hand_behind(eyes: Track, delay_ms: float, *, jitter_ms: float = 30, seed: int = 0) -> tuple[Track, float]:
    """A hand's track and its true delay in ms: 30 ms of spread between observers, a window of 150 ms."""
    own_ms = delay_ms + np.random.default_rng([seed, len(eyes.observer), *eyes.observer.encode()]).normal(
        0, jitter_ms
    )
    window = np.hanning(39)[1:-1] / np.hanning(39)[1:-1].sum()
    smooth = [np.convolve(np.pad(axis, 18, mode="edge"), window, "valid") for axis in (eyes.x_px, eyes.y_px)]
    return Track(eyes.observer, eyes.t_us + round(own_ms * 1000), *smooth), own_ms


@pytest.fixture
def people():
    """people(names, delay_ms, scene=) → eyes, hands and the mean true delay in ms."""

    def make(names, delay_ms, *, scene=0, seconds=8.0, jitter_ms=30):
        eyes = [scanpath(name, seed=ord(name[-1]), scene=scene, seconds=seconds) for name in names]
        hands, delays = zip(*(hand_behind(own, delay_ms, jitter_ms=jitter_ms) for own in eyes), strict=True)
        return eyes, list(hands), float(np.mean(delays))

    return make
