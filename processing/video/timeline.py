"""Which frame of a source stands at each frame of a rendition when the rate changes. Fractions, no floats."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

from processing.errors import BadInput

# What a truly variable rate is converted to: the rates that every player and screen knows.
COMMON_RATES = tuple(Fraction(rate) for rate in (24, 25, 30, 50, 60))
MAX_FPS = 240

Frame = TypeVar("Frame")


def rate_to_use(wanted: str | int | Fraction, measured: Fraction, constant: bool) -> Fraction:
    """The rendition's exact rate in Hz: a number that is asked for, or with "keep" the source's own.

    A truly variable source that is to be kept gets the nearest of `COMMON_RATES` to its average rate.
    Raises BadInput when `wanted` is neither "keep" nor a rate between 1 and `MAX_FPS`.
    """
    if wanted == "keep":
        return measured if constant else min(COMMON_RATES, key=lambda rate: abs(rate - measured))
    try:
        rate = Fraction(wanted)
    except (ValueError, ZeroDivisionError) as error:
        raise BadInput(f'fps "{wanted}" is no rate; use keep or a number such as 30 or 30000/1001') from error
    if not 1 <= rate <= MAX_FPS:
        raise BadInput(f"fps {wanted} is out of range; use a rate from 1 to {MAX_FPS}")
    return rate


def resampled(
    frames: Iterable[tuple[Fraction, Frame]], end_s: Fraction, fps: Fraction
) -> Iterator[tuple[int, Frame]]:
    """Yield (times shown, frame) of every source frame, 0 times for one that is dropped.

    frames: (time of presentation in s, frame), ascending from 0; the last is shown until `end_s`.
    Output frame j shows what the source showed at the middle of its interval, at (j + 1/2) / fps.
    """
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        return
    given, (_, held) = 0, first
    for time_s, frame in remaining:
        until = _frames_before(time_s, fps)
        yield until - given, held
        given, held = until, frame
    # Even the shortest clip has one frame.
    yield max(_frames_before(end_s, fps) - given, 0 if given else 1), held


def _frames_before(time_s: Fraction, fps: Fraction) -> int:
    """How many output frames have their middle before `time_s`: j + 1/2 < time_s * fps."""
    position = time_s * fps - Fraction(1, 2)
    return max(-(-position.numerator // position.denominator), 0)
