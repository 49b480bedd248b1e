"""What a player would have recorded of a given hand: chunks of samples, marks, viewports and events. Pure."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from collector.protocol import MOVE, PROTOCOL_VERSION, REST, START, Chunk, Events, Marks, Samples, Viewports
from processing.synthetic import Hand

REST_AFTER_US = 30_000  # a hand is at rest when no pointer event is younger than this
HOLD_STEP_US = 20_000  # rests are written this often on the held last frame
DISPLAY_LATENCY_US = 8_000  # a frame is announced about half a refresh before it is seen
UNSCALED = 1000  # neither pinched nor zoomed
START_BEFORE_US = 500_000  # the start click comes this long before the first frame


@dataclass(frozen=True)
class Window:
    """A browser window, in CSS px, with the picture centred in it as large as it fits."""

    width: int = 1280
    height: int = 800
    dpr: float = 1.0

    def picture(self, width: int, height: int) -> tuple[float, float, float, float]:
        """left, top, width, height of a `width` x `height` video, in CSS px rounded to 1/100."""
        scale = min(self.width / width, self.height / height)
        shown_w, shown_h = width * scale, height * scale
        left, top = (self.width - shown_w) / 2, (self.height - shown_h) / 2
        return round(left, 2), round(top, 2), round(shown_w, 2), round(shown_h, 2)


def record(
    hand: Hand,
    *,
    fps: Fraction,
    frames: int,
    width: int,
    height: int,
    hold_after_end_s: float,
    chunk_interval_ms: int,
    window: Window,
    t_start_us: int,
) -> list[Chunk]:
    """Chunks of a trial in which `hand` watched `frames` frames of `width` x `height` px at `fps`.

    `t_start_us` is the page clock when the first frame was on the screen. Nothing stalls and nothing is dropped:
    a good day, for demonstrations and tests whose truth must be known.
    """
    starts_us = np.array([-(-1_000_000 * f * fps.denominator // fps.numerator) for f in range(frames)])
    end_us = int(1_000_000 * frames / fps) + int(hold_after_end_s * 1_000_000)
    left, top, shown_w, shown_h = window.picture(width, height)

    def x_cpx(x_px: float) -> int:
        return round((left + x_px * shown_w / width) * 100)

    def y_cpx(y_px: float) -> int:
        return round((top + y_px * shown_h / height) * 100)

    inside = (hand.t_us >= 0) & (hand.t_us <= end_us)
    events = list(zip(hand.t_us[inside].tolist(), hand.x_px[inside], hand.y_px[inside], strict=True))
    first = events[0] if events else (0, width / 2, height / 2)
    rows = [(-START_BEFORE_US, x_cpx(first[1]), y_cpx(first[2]), START)]
    rows += [(t_us, x_cpx(x), y_cpx(y), MOVE) for t_us, x, y in events]
    ticks = [*starts_us.tolist(), *range(int(starts_us[-1]) + HOLD_STEP_US, end_us, HOLD_STEP_US)]
    rows += _rests(rows, ticks)
    rows.sort(key=lambda row: row[0])

    marks = [
        (int(start) - DISPLAY_LATENCY_US, int(start), _media_us(f, fps), f + 1)
        for f, start in enumerate(starts_us)
    ]
    happened = [(-START_BEFORE_US, "start", ""), (0, "playing", ""), (end_us, "held", "")]
    viewport = (
        -START_BEFORE_US,
        round(left * 100),
        round(top * 100),
        round(shown_w * 100),
        round(shown_h * 100),
        round(window.dpr * 1000),
        window.width,
        window.height,
        window.width,
        window.height,
        UNSCALED,
        UNSCALED,
    )
    return list(_cut(rows, marks, viewport, happened, t_start_us, chunk_interval_ms * 1000, end_us))


def _media_us(frame: int, fps: Fraction) -> int:
    return round(1_000_000 * frame / fps)


def _rests(rows: list[tuple[int, int, int, int]], ticks: list[int]) -> list[tuple[int, int, int, int]]:
    times = np.array([row[0] for row in rows])
    last = np.searchsorted(times, ticks, side="right") - 1
    return [
        (tick, rows[i][1], rows[i][2], REST)
        for tick, i in zip(ticks, last.tolist(), strict=True)
        if tick - rows[i][0] > REST_AFTER_US
    ]


def _cut(
    samples: Sequence[tuple[int, ...]],
    marks: Sequence[tuple[int, ...]],
    viewport: tuple[int, ...],
    happened: list[tuple[int, str, str]],
    t_start_us: int,
    interval_us: int,
    end_us: int,
) -> Iterator[Chunk]:
    """Chunks by time, each row in the chunk of its interval; page times are made by adding `t_start_us`."""
    edges = [-(2**46), *range(interval_us - START_BEFORE_US, end_us, interval_us), 2**46]

    def columns(rows: Sequence[tuple], begin: int, end: int, width: int) -> list[list]:
        chosen = [(row[0] + t_start_us, *row[1:]) for row in rows if begin <= row[0] < end]
        return (
            [list(column) for column in zip(*chosen, strict=True)] if chosen else [[] for _ in range(width)]
        )

    def shown_on_page_clock(columns_of_marks: list[list]) -> list[list]:
        columns_of_marks[1] = [t + t_start_us for t in columns_of_marks[1]]
        return columns_of_marks

    for n, (begin, end) in enumerate(itertools.pairwise(edges)):
        sample_columns = columns(samples, begin, end, 4)
        mark_columns = shown_on_page_clock(columns(marks, begin, end, 4))
        viewport_columns = columns([viewport] if n == 0 else [], begin, end, len(viewport))
        event_columns = columns(happened, begin, end, 3)
        yield Chunk(
            protocol=PROTOCOL_VERSION,
            n=n,
            samples=Samples(**dict(zip(Samples.model_fields, sample_columns, strict=True))),
            marks=Marks(**dict(zip(Marks.model_fields, mark_columns, strict=True))),
            viewports=Viewports(**dict(zip(Viewports.model_fields, viewport_columns, strict=True))),
            events=Events(**dict(zip(Events.model_fields, event_columns, strict=True))),
        )
