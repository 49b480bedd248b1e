"""From the page's clock and CSS pixels to media time and video pixels.

Capture stores what happened; this is the interpretation, and it can be done again. Times are integers in µs.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from processing.errors import BadInput
from processing.tracks import Track

_US = 1_000_000
STALL_US = 100_000

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RawTrack:
    """What the page recorded, as columns; every time is int64 µs on the page's clock, in any order.

    sample_x, sample_y: float64 CSS px in client coordinates. sample_kind: 0 move, 1 rest, 2 start click.
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
    media = np.asarray(raw.mark_media_us, np.int64).tolist()
    numerator, denominator = 2 * fps.numerator, 2 * _US * fps.denominator
    return np.array(
        [(time_us * numerator + _US * fps.denominator) // denominator for time_us in media], np.int64
    )


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
    if not len(raw.mark_media_us):
        raise BadInput("no frame of the clip was presented; the trial has to be repeated")
    if not len(raw.viewport_t_us):
        raise BadInput("the picture's place on the page was not recorded; the trial has to be repeated")
    order = np.argsort(raw.sample_t_us, kind="stable")
    t_us = np.asarray(raw.sample_t_us, np.int64)[order]
    marks = _advancing_marks(raw, fps)
    mark = np.searchsorted(marks.shown_us, t_us, side="right") - 1
    shown = mark >= 0

    since_us = t_us - marks.shown_us[mark]
    in_stall = shown & marks.stalls[mark] & (since_us >= marks.length_us[mark])
    is_last = mark == len(marks.shown_us) - 1
    media_us = marks.start_us[mark] + np.where(
        is_last, since_us, np.minimum(since_us, marks.length_us[mark] - 1)
    )

    left, top, scale_x, scale_y = _rectangles(raw, t_us, width, height)
    has_picture = np.isfinite(scale_x) & np.isfinite(scale_y)
    mapped = shown & ~in_stall & has_picture
    x_px = ((np.asarray(raw.sample_x, np.float64)[order] - left) * scale_x)[mapped]
    y_px = ((np.asarray(raw.sample_y, np.float64)[order] - top) * scale_y)[mapped]
    outside = (x_px < 0) | (x_px >= width) | (y_px < 0) | (y_px >= height)
    report = AlignmentReport(
        samples=len(t_us),
        mapped=int(mapped.sum()),
        before_first_mark=int((~shown).sum()),
        in_stalls=int(in_stall.sum()),
        without_picture=int((shown & ~in_stall & ~has_picture).sum()),
        outside_viewport=int(outside.sum()),
        marks=len(raw.mark_media_us),
        marks_ignored=len(raw.mark_media_us) - len(marks.frame),
        stalls=int(marks.stalls.sum()),
        frames_skipped=int((np.diff(marks.frame) - 1).sum()),
    )
    return Track(observer, media_us[mapped], x_px, y_px), report


@dataclass(frozen=True)
class _Marks:
    """Marks that each show a later frame; start_us and length_us are the frame's in media time."""

    frame: Integers
    shown_us: Integers
    start_us: Integers
    length_us: Integers
    stalls: NDArray[np.bool_]


def _advancing_marks(raw: RawTrack, fps: Fraction) -> _Marks:
    order = np.argsort(raw.mark_t_shown_us, kind="stable")
    frame = presented_frames(raw, fps)[order]
    shown_us = np.asarray(raw.mark_t_shown_us, np.int64)[order]
    # A frame that is told twice would set media time back, and a track must not run backwards.
    advances = np.diff(np.maximum.accumulate(frame), prepend=frame[0] - 1) > 0
    frame, shown_us = frame[advances], shown_us[advances]
    start_us, end_us = _starts_us(frame, fps), _starts_us(frame + 1, fps)
    late_us = np.diff(shown_us) - np.diff(start_us)
    return _Marks(frame, shown_us, start_us, end_us - start_us, np.append(late_us > STALL_US, False))


def _starts_us(frames: Integers, fps: Fraction) -> Integers:
    """ceil(10^6 f fps_den / fps_num): the first whole µs inside each frame."""
    return np.array([-(-_US * f * fps.denominator // fps.numerator) for f in frames.tolist()], np.int64)


def _rectangles(
    raw: RawTrack, t_us: Integers, width: int, height: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Left and top edge in CSS px and video px per CSS px, at each time; the scale of no picture is not finite."""
    order = np.argsort(raw.viewport_t_us, kind="stable")
    known_since = np.asarray(raw.viewport_t_us, np.int64)[order]
    at = order[np.maximum(np.searchsorted(known_since, t_us, side="right") - 1, 0)]
    with np.errstate(divide="ignore"):
        scale_x = width / np.asarray(raw.viewport_width, np.float64)[at]
        scale_y = height / np.asarray(raw.viewport_height, np.float64)[at]
    return raw.viewport_left[at], raw.viewport_top[at], scale_x, scale_y
