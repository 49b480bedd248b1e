"""From the page's clock and CSS pixels to media time and video pixels.

Capture stores what happened; this is the interpretation, and it can be done again. Times are integers in µs.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.tracks import Track

_US = 1_000_000
MOVE = 0  # the kind of sample that a pointer event makes
STALL_US = 100_000
NEVER_US = np.iinfo(np.int64).max

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RawTrack:
    """What the page recorded, as columns; every time is int64 µs on the page's clock, in any order.

    sample_x, sample_y: float64 CSS px in client coordinates. sample_kind: 0 move (MOVE), 1 rest, 2 start click.
    mark_*: one entry a presented frame: when it was told (t_us), when it was shown (t_shown_us), its media time
    in µs, and the browser's count of presented frames. viewport_*: the picture's rectangle from t_us on,
    float64 CSS px in client coordinates.
    """

    sample_t_us: Integers
    sample_x: Floats
    sample_y: Floats
    sample_kind: Integers
    mark_t_us: Integers
    mark_t_shown_us: Integers
    mark_media_us: Integers
    mark_presented: Integers
    viewport_t_us: Integers
    viewport_left: Floats
    viewport_top: Floats
    viewport_width: Floats
    viewport_height: Floats


@dataclass(frozen=True)
class AlignmentReport:
    """What alignment saw. Samples that are counted as before_first_mark, in_stalls or without_picture are not in
    the track; those outside_viewport are, at positions outside the picture.

    frames_skipped: frames that were never presented between the first mark and the last.
    marks_ignored: marks that did not show a later frame than the one before.
    """

    samples: int
    mapped: int
    before_first_mark: int
    in_stalls: int
    without_picture: int
    outside_viewport: int
    marks: int
    marks_ignored: int
    stalls: int
    frames_skipped: int


def presented_frames(raw: RawTrack, fps: Fraction) -> Integers:
    """The 0-based number of the frame of every mark, int64 (marks,): media time * fps, rounded."""
    media_us = np.asarray(raw.mark_media_us, np.int64)
    return _floor_product(2 * media_us, fps.numerator, 2 * _US * fps.denominator, plus=_US * fps.denominator)


@dataclass(frozen=True)
class Placement:
    """Every sample by time, equal times in their order, in media time and video px.

    media_us: int64 (N,); x_px, y_px: float64 (N,), origin top left, outside the picture too. shown: bool (N,), some
    frame had been on the screen; in_stall: the picture stood still for longer than its frame; has_picture: the
    picture's place was known. Only where shown and has_picture hold, and in_stall does not, do the numbers mean
    anything.
    """

    media_us: Integers
    x_px: Floats
    y_px: Floats
    shown: NDArray[np.bool_]
    in_stall: NDArray[np.bool_]
    has_picture: NDArray[np.bool_]

    @property
    def mapped(self) -> NDArray[np.bool_]:
        """Whether the sample has a media time and a place in the picture's plane."""
        return self.shown & ~self.in_stall & self.has_picture


def align(
    raw: RawTrack, observer: str, fps: Fraction, width: int, height: int
) -> tuple[Track, AlignmentReport]:
    """Map a recording to media time and to pixels of a video of width x height px at exactly fps.

    Of the last mark with t_shown <= t let f be its frame and start(f) = ceil(10^6 f / fps) µs. The media time
    of a sample is start(f) + (t - t_shown), but before start(f + 1): a sample never leaves the frame that was on
    the screen. After the last mark it runs on in real time. Samples before the first mark are left out, and so
    are those of a stall: after the frame's own time is over, when the next frame came more than 100 ms later
    than media time says. The rectangle that counts is the last one at or before the sample.
    Raises BadInput when no frame was presented or the picture's rectangle is unknown.
    """
    marks = _marks_to_align_by(raw, fps)
    placed = _place(raw, marks, width, height)
    mapped = placed.mapped
    chosen = _as_slice(mapped)
    x_px, y_px = placed.x_px[chosen], placed.y_px[chosen]
    outside = (x_px < 0) | (x_px >= width) | (y_px < 0) | (y_px >= height)
    report = AlignmentReport(
        samples=len(placed.media_us),
        mapped=int(np.count_nonzero(mapped)),
        before_first_mark=int(np.count_nonzero(~placed.shown)),
        in_stalls=int(np.count_nonzero(placed.in_stall)),
        without_picture=int(np.count_nonzero(placed.shown & ~placed.in_stall & ~placed.has_picture)),
        outside_viewport=int(np.count_nonzero(outside)),
        marks=len(raw.mark_media_us),
        marks_ignored=len(raw.mark_media_us) - len(marks.frame),
        stalls=marks.stalls,
        frames_skipped=int(marks.frame[-1] - marks.frame[0]) + 1 - len(marks.frame),
    )
    return Track(observer, placed.media_us[chosen], x_px, y_px), report


def move_times(raw: RawTrack, fps: Fraction) -> Integers:
    """Media times of the pointer events that `align` keeps, rests and clicks aside, by time; int64 (M,), µs.

    Raises BadInput as `align` does.
    """
    moved = raw.sample_kind == MOVE
    moves = replace(
        raw,
        sample_t_us=raw.sample_t_us[moved],
        sample_x=raw.sample_x[moved],
        sample_y=raw.sample_y[moved],
        sample_kind=raw.sample_kind[moved],
    )
    placed = place(moves, fps, width=1, height=1)
    return placed.media_us[placed.mapped]


def place(raw: RawTrack, fps: Fraction, width: int, height: int) -> Placement:
    """What `align` knows of every single sample, those that it leaves out too; raises BadInput as `align` does."""
    return _place(raw, _marks_to_align_by(raw, fps), width, height)


def _marks_to_align_by(raw: RawTrack, fps: Fraction) -> "_Marks":
    if not len(raw.mark_media_us):
        raise BadInput("no frame of the clip was presented; the trial has to be repeated")
    if not len(raw.viewport_t_us):
        raise BadInput("the picture's place on the page was not recorded; the trial has to be repeated")
    return _advancing_marks(raw, fps)


def _place(raw: RawTrack, marks: "_Marks", width: int, height: int) -> Placement:
    # In place where that can be: fresh columns of this length cost more than what is computed in them.
    t_us, sample_x, sample_y = _in_time_order(raw)
    samples = _samples_since(t_us, marks.shown_us)
    shown = np.ones(len(t_us), np.bool_)
    shown[: samples[0]] = False
    # What holds before the first mark does not matter, for nothing was shown.
    media_us = np.repeat(_with_any_before(marks.media_offset_us), samples)
    media_us += t_us
    np.minimum(media_us, np.repeat(_with_any_before(marks.last_us), samples), out=media_us)
    in_stall = np.zeros(len(t_us), np.bool_)
    if marks.stalls:
        in_stall = shown & (t_us >= np.repeat(_with_any_before(marks.stall_from_us), samples))
    picture = _pictures(raw, t_us, width, height)
    has_picture = np.empty(len(t_us), np.bool_)
    has_picture[:] = np.isfinite(picture.scale_x) & np.isfinite(picture.scale_y)
    x_px, y_px = sample_x - picture.left, sample_y - picture.top
    with np.errstate(invalid="ignore"):
        x_px *= picture.scale_x
        y_px *= picture.scale_y
    return Placement(
        media_us=media_us,
        x_px=x_px,
        y_px=y_px,
        shown=shown,
        in_stall=in_stall,
        has_picture=has_picture,
    )


@dataclass(frozen=True)
class _Marks:
    """Marks that each show a later frame, in order, all int64 (marks,), µs.

    At page time t media time is t + media_offset_us, up to last_us; from stall_from_us on it is unknown.
    """

    frame: Integers
    shown_us: Integers
    media_offset_us: Integers
    last_us: Integers
    stall_from_us: Integers
    stalls: int


def _as_slice(chosen: NDArray[np.bool_]) -> slice | NDArray[np.bool_]:
    """The same choice as a slice, which copies nothing, where it is one piece up to the end."""
    first = int(chosen.argmax()) if len(chosen) else 0
    return slice(first, None) if chosen[first:].all() else chosen


def _in_time_order(raw: RawTrack) -> tuple[Integers, Floats, Floats]:
    """Times, x and y of the samples by time; those of equal times stay in their order."""
    columns = (
        np.asarray(raw.sample_t_us, np.int64),
        np.asarray(raw.sample_x, np.float64),
        np.asarray(raw.sample_y, np.float64),
    )
    if (columns[0][1:] >= columns[0][:-1]).all():
        return columns
    order = np.argsort(columns[0], kind="stable")
    return columns[0][order], columns[1][order], columns[2][order]


def _advancing_marks(raw: RawTrack, fps: Fraction) -> _Marks:
    order = np.argsort(raw.mark_t_shown_us, kind="stable")
    frame = presented_frames(raw, fps)[order]
    shown_us = np.asarray(raw.mark_t_shown_us, np.int64)[order]
    # A frame that is told twice would set media time back, and a track must not run backwards.
    latest = np.maximum.accumulate(frame)
    advances = np.ones(len(frame), np.bool_)
    advances[1:] = latest[1:] > latest[:-1]
    frame, shown_us = frame[advances], shown_us[advances]
    starts_us = _starts_us(np.append(frame, frame + 1), fps)
    start_us, end_us = starts_us[: len(frame)], starts_us[len(frame) :]
    media_offset_us = start_us - shown_us
    stalls = np.zeros(len(frame), np.bool_)
    stalls[:-1] = media_offset_us[:-1] - media_offset_us[1:] > STALL_US
    last_us = end_us - 1
    last_us[-1] = NEVER_US  # after the last mark media time runs on with the page's clock
    return _Marks(
        frame=frame,
        shown_us=shown_us,
        media_offset_us=media_offset_us,
        last_us=last_us,
        stall_from_us=np.where(stalls, shown_us + (end_us - start_us), NEVER_US),
        stalls=int(np.count_nonzero(stalls)),
    )


def _starts_us(frames: Integers, fps: Fraction) -> Integers:
    """ceil(10^6 f fps_den / fps_num): the first whole µs inside each frame."""
    return -_floor_product(-frames, _US * fps.denominator, fps.numerator)


def _floor_product(values: Integers, numerator: int, denominator: int, plus: int = 0) -> Integers:
    """floor((values numerator + plus) / denominator) on integers, exact for any rate."""
    if (int(np.abs(values).max(initial=0)) + 1) * numerator + plus < 2**63:
        return (values * numerator + plus) // denominator
    return np.array([(value * numerator + plus) // denominator for value in values.tolist()], np.int64)


def _samples_since(times: Integers, known_since: Integers) -> Integers:
    """How many times lie before the first entry of known_since, and how many from each entry to the next; int64
    (K + 1,). Both are sorted."""
    firsts = np.empty(len(known_since) + 2, np.int64)
    firsts[0], firsts[1:-1], firsts[-1] = 0, np.searchsorted(times, known_since), len(times)
    return firsts[1:] - firsts[:-1]


def _with_any_before(values: Integers) -> Integers:
    return np.concatenate([values[:1], values])


@dataclass(frozen=True)
class _Pictures:
    """The picture's rectangle at each sample: left and top edge in CSS px, video px per CSS px; float64 (N,), or
    (1,) when it never moved. The scale of no picture is not finite."""

    left: Floats
    top: Floats
    scale_x: Floats
    scale_y: Floats


def _pictures(raw: RawTrack, t_us: Integers, width: int, height: int) -> _Pictures:
    order = np.argsort(raw.viewport_t_us, kind="stable")
    with np.errstate(divide="ignore"):
        columns = (
            np.asarray(raw.viewport_left, np.float64)[order],
            np.asarray(raw.viewport_top, np.float64)[order],
            width / np.asarray(raw.viewport_width, np.float64)[order],
            height / np.asarray(raw.viewport_height, np.float64)[order],
        )
    if len(order) == 1:
        return _Pictures(*columns)
    since_us = np.asarray(raw.viewport_t_us, np.int64)[order]
    # Samples from before the first rectangle are taken to lie in it.
    at = np.repeat(np.maximum(np.arange(-1, len(order)), 0), _samples_since(t_us, since_us))
    left, top, scale_x, scale_y = (column[at] for column in columns)
    return _Pictures(left, top, scale_x, scale_y)
