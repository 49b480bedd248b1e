"""Honest recordings whose truth is known; the forgers of the tests change them."""

from fractions import Fraction

import numpy as np
import pytest

from processing.align import RawTrack, align
from processing.plausibility import Clip, coarse_path
from processing.synthetic import Hand, SyntheticClip, follow_gaze, simulate_hand, watch

WIDTH, HEIGHT, FPS, FRAMES = 1280, 720, Fraction(30), 300
END_US = 11_000_000


class World:
    """Makes hands that watch one clip, and what a player records of a hand."""

    width, height = WIDTH, HEIGHT
    clip = Clip(FPS, FRAMES)

    def __init__(self, seed=1):
        self.video = SyntheticClip(seed, WIDTH, HEIGHT, FPS, FRAMES)

    def hand(self, seed):
        """An honest observer of the synthetic clip."""
        return simulate_hand(
            watch(self.video, seed=seed), seed=seed, width=WIDTH, height=HEIGHT, end_us=END_US
        )

    def eye_hand(self, seed):
        """A hand behind an eye that jumps from place to place and trembles on each, sampled 500 times a second."""
        rng = np.random.default_rng(seed)
        t_us = np.arange(0, END_US, 2_000)
        lengths = rng.integers(90, 400, len(t_us) // 90)
        places = np.repeat(rng.uniform(0.1, 0.9, (len(lengths), 2)), lengths, axis=0)[: len(t_us)]
        at = (places + rng.normal(0, 0.002, places.shape)) * [WIDTH, HEIGHT]
        return follow_gaze(t_us, *at.T, seed=seed, width=WIDTH, height=HEIGHT, end_us=END_US)

    def record(self, hand, scale=1.0):
        """What a player would send of this hand with the picture at `scale` of its size."""
        starts = np.array([-(-1_000_000 * f * FPS.denominator // FPS.numerator) for f in range(FRAMES)])
        begin = 5_000_000
        ticks = np.concatenate([starts, np.arange(starts[-1] + 20_000, END_US - 200_000, 20_000)])
        since = ticks - hand.t_us[np.maximum(np.searchsorted(hand.t_us, ticks, side="right") - 1, 0)]
        rests = ticks[since > 30_000]
        t_us = np.concatenate([hand.t_us, rests])
        kind = np.concatenate([np.zeros(len(hand.t_us), np.int64), np.ones(len(rests), np.int64)])
        at = np.concatenate([np.column_stack([hand.x_px, hand.y_px]), hand.position_px(rests)])
        at = np.rint(at * scale * 100) / 100
        order = np.argsort(t_us, kind="stable")
        return RawTrack(
            sample_t_us=t_us[order] + begin,
            sample_x=at[order, 0],
            sample_y=at[order, 1],
            sample_kind=kind[order],
            mark_t_us=starts + begin - 8_000,
            mark_t_shown_us=starts + begin,
            mark_media_us=np.rint(np.arange(FRAMES) * 1e6 / float(FPS)).astype(np.int64),
            mark_presented=np.arange(1, FRAMES + 1),
            viewport_t_us=np.array([begin - 500_000]),
            viewport_left=np.array([0.0]),
            viewport_top=np.array([0.0]),
            viewport_width=np.array([WIDTH * scale]),
            viewport_height=np.array([HEIGHT * scale]),
        )

    def path(self, hand):
        """Its path as copies are searched by."""
        track, _ = align(self.record(hand), "o", FPS, WIDTH, HEIGHT)
        return coarse_path(track, self.clip.duration_s, WIDTH, HEIGHT)

    def drawn(self, draw, rate_hz=125, seed=0):
        """Events of a computed path: `draw` takes seconds (N,) and gives x and y in video px."""
        rng = np.random.default_rng(seed)
        gaps = 1e6 / rate_hz * rng.uniform(0.9, 1.1, int(END_US * rate_hz / 1e6))
        t_us = np.rint(gaps.cumsum()).astype(np.int64)
        x_px, y_px = draw(t_us / 1e6)
        return Hand(t_us, np.asarray(x_px, float), np.asarray(y_px, float))


@pytest.fixture(scope="session")
def world():
    return World()
