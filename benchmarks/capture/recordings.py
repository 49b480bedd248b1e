"""Recordings as columns, as the joined chunks of a trial would give them: many, quickly, and no two alike."""

from fractions import Fraction

import numpy as np

from benchmarks.capture.bodies import FPS, HEIGHT, WIDTH, wandering_hand
from collector.protocol import MOVE, REST, START
from collector.simulation.recording import HOLD_STEP_US
from collector.tracks.columns import TABLES, Columns, column

CHUNK_US = 2_000_000
HOLD_US = 800_000
BEGIN_US = 3_000_000  # page clock of the first frame
CPX = 100


def recording(seconds: int, rate_hz: int, seed: int) -> Columns:
    """A hand that never rests for `seconds`, at `rate_hz` events a second, then the held last frame with its rests.

    The worst that a trial can be to store: every event has a time and a place of its own, with noise below a pixel.
    Frames are announced with the jitter of a busy browser; the window changes three times.
    """
    rng = np.random.default_rng(seed)
    marks = _marks(seconds, FPS, rng)
    viewports = {name: [value] * 4 for name, value in _viewport().items()} | {
        "t_us": [
            BEGIN_US - 500_000,
            *np.sort(rng.integers(BEGIN_US, BEGIN_US + seconds * 1_000_000, 3)).tolist(),
        ]
    }
    events = {
        "t_us": [BEGIN_US - 500_000, BEGIN_US, BEGIN_US + seconds * 1_000_000],
        "kind": ["start", "playing", "held"],
        "detail": ["", "", ""],
    }
    tables = {
        "samples": _samples(seconds, rate_hz, seed),
        "marks": marks,
        "viewports": viewports,
        "events": events,
        "chunks": _chunks(seconds, rng),
    }
    return {
        f"{table}.{name}": column(f"{table}.{name}", tables[table][name])
        for table, names in TABLES.items()
        for name in names
    }


def _samples(seconds: int, rate_hz: int, seed: int) -> dict[str, np.ndarray]:
    hand = wandering_hand(seconds, rate_hz, seed)
    held = np.arange(seconds * 1_000_000, seconds * 1_000_000 + HOLD_US, HOLD_STEP_US)
    t_us = np.concatenate([[-500_000], hand.t_us, held]) + BEGIN_US
    x = np.concatenate([hand.x_px[:1], hand.x_px, np.full(len(held), hand.x_px[-1])])
    y = np.concatenate([hand.y_px[:1], hand.y_px, np.full(len(held), hand.y_px[-1])])
    kind = np.concatenate([[START], np.full(len(hand.t_us), MOVE), np.full(len(held), REST)])
    return {"t_us": t_us, "x_cpx": np.rint(x * CPX), "y_cpx": np.rint(y * CPX), "kind": kind}


def _marks(seconds: int, fps: Fraction, rng: np.random.Generator) -> dict[str, np.ndarray]:
    frame = np.arange(int(seconds * fps))
    shown = BEGIN_US + np.rint(frame * 1e6 / float(fps)) + rng.integers(-300, 300, len(frame))
    return {
        "t_us": shown - rng.integers(4_000, 14_000, len(frame)),
        "t_shown_us": shown,
        "media_us": np.rint(frame * 1e6 / float(fps)),
        "presented": frame + 1,
    }


def _viewport() -> dict[str, int]:
    return {
        "left_cpx": 0,
        "top_cpx": 4_000,
        "width_cpx": WIDTH * CPX,
        "height_cpx": HEIGHT * CPX,
        "dpr_milli": 1000,
        "window_width": WIDTH,
        "window_height": 800,
        "screen_width": 1920,
        "screen_height": 1080,
        "pinch_milli": 1000,
        "zoom_milli": 1000,
    }


def _chunks(seconds: int, rng: np.random.Generator) -> dict[str, list]:
    number = np.arange(seconds * 1_000_000 // CHUNK_US + 1)
    until = BEGIN_US + (number + 1) * CHUNK_US - rng.integers(0, 8_000, len(number))
    return {
        "number": number.tolist(),
        "until_us": until.tolist(),
        "received_us": (until + 1_750_000_000_000_000 + rng.integers(0, 90_000, len(number))).tolist(),
        "sha256": [rng.bytes(32).hex() for _ in number],
    }
