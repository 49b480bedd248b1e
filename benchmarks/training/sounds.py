"""Clips in which sound alone says where to look: two spots wander, a low tone is for the bright one, a high one for
the dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.tones import RATE_HZ, with_tone
from benchmarks.training.world import Watched, watched
from processing.synthetic import Attention
from processing.video import ClipWriter

WIDTH, HEIGHT, FPS, SECONDS = 160, 96, Fraction(10), 3
FRAMES = round(SECONDS * FPS)
TONES_HZ = (400, 3000)  # for the bright spot, for the dark one
_SPOT_SHARE = 0.1  # of the height: deviation of a spot
_AIM_PX = 2.0
_HEADROOM_S = 1  # eyes are tracked past the end, as hands are


def sounding_clips(folder: Path, *, seed: int, clips: int, observers: int) -> list[Watched]:
    """Clips by turns of one tone and the other, and the hands of all who watched the spot that is meant."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _clip(folder, number, np.random.default_rng((seed, number)), observers) for number in range(clips)
    ]


def _clip(folder: Path, number: int, rng: np.random.Generator, observers: int) -> Watched:
    spots = [_Spot.drawn(rng) for _ in TONES_HZ]
    meant = number % len(TONES_HZ)
    video = folder / f"sounding-{number:02d}.mp4"
    with ClipWriter(video, width=WIDTH, height=HEIGHT, fps=FPS) as writer:
        for frame in range(FRAMES):
            writer.write(_picture(spots, frame / float(FPS), rng))
    with_tone(video, TONES_HZ[meant], samples=SECONDS * RATE_HZ)
    eyes = [spots[meant].watched(rng) for _ in range(observers)]
    return watched(video.stem, video, eyes, seed=number)


@dataclass(frozen=True)
class _Spot:
    """It goes round an ellipse about the middle of the picture, once in `period_s`."""

    phase: float
    period_s: float
    reach: tuple[float, float]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> _Spot:
        reach = float(rng.uniform(0.2, 0.4)), float(rng.uniform(0.2, 0.35))
        return cls(float(rng.uniform(0, 2 * np.pi)), float(rng.choice([-1, 1]) * rng.uniform(4, 8)), reach)

    def at(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions (N, 2) as x, y in px at times (N,)."""
        turn = self.phase + 2 * np.pi * t_s / self.period_s
        shares = [0.5 + self.reach[0] * np.cos(turn), 0.5 + self.reach[1] * np.sin(turn)]
        return np.stack(shares, axis=1) * (WIDTH, HEIGHT)

    def watched(self, rng: np.random.Generator) -> Attention:
        t_us = np.arange(0, round((SECONDS + _HEADROOM_S) * 1e6), 20_000)
        looked = self.at(t_us / 1e6) + rng.normal(0, _AIM_PX, 2)
        return Attention(t_us, looked[:, 0], looked[:, 1])


def _picture(spots: Sequence[_Spot], t_s: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    rows, columns = np.indices((HEIGHT, WIDTH))
    grey = 128 + rng.normal(0, 12, (HEIGHT, WIDTH))
    for spot, brighter in zip(spots, (100, -100), strict=True):
        x, y = spot.at(np.array([t_s]))[0]
        grey += brighter * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * (_SPOT_SHARE * HEIGHT) ** 2))
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
