"""Does the frame log fit the clip, the clock and itself?"""

from fractions import Fraction

import numpy as np

from processing.align import RawTrack, presented_frames
from processing.plausibility.reasons import Reason, reason
from processing.plausibility.rules import Rules

_APART_US = 3_000_000  # so long before the first frame and after the last a recording may go on


def frame_reasons(raw: RawTrack, fps: Fraction, frames: int, rules: Rules) -> list[Reason]:
    """What in the log of presented frames cannot be of a clip of `frames` frames at `fps`."""
    if not len(raw.mark_t_us):
        return reason("no_frames", 1.0 if len(raw.sample_t_us) else 0.0, (0.0, 1.0))
    found = _of_each_frame(raw, fps, frames, rules)
    if len(raw.mark_t_us) > 1:
        found += _of_their_order(raw, fps, rules)
    return found + _beside_the_samples(raw, rules)


def _of_each_frame(raw: RawTrack, fps: Fraction, frames: int, rules: Rules) -> list[Reason]:
    frame = presented_frames(raw, fps)
    off_us = np.abs(raw.mark_media_us - frame * (1e6 / float(fps)))
    off = float(((off_us > rules.frame_time_us) | (frame < 0) | (frame >= frames)).mean())
    apart_ms = float(np.median(np.abs(raw.mark_t_shown_us - raw.mark_t_us))) / 1000
    found = reason("frames_off_their_times", off, rules.frames_off_share, share=off)
    return found + reason("frames_shown_elsewhen", apart_ms, rules.shown_after_ms, median_ms=apart_ms)


def _of_their_order(raw: RawTrack, fps: Fraction, rules: Rules) -> list[Reason]:
    frame_steps = np.diff(presented_frames(raw, fps))
    clock_steps = np.minimum(np.diff(raw.mark_t_us), np.diff(raw.mark_t_shown_us))
    backwards = float(((frame_steps < 0) | (clock_steps < 0)).mean())
    found = reason("frames_backwards", backwards, rules.frames_off_share, share=backwards)
    # Frames that were decoded too late are never presented, so the count grows by one at least and by no more than
    # the frames do; a frame that is presented twice, at a seek, counts twice.
    counted = np.diff(raw.mark_presented)
    miscounted = float(((counted < 1) | (counted > np.maximum(frame_steps, 0) + 2)).mean())
    found += reason("frames_miscounted", miscounted, rules.frames_off_share, share=miscounted)
    passed_us = float(np.ptp(raw.mark_t_shown_us))
    told_us = float(np.ptp(raw.mark_media_us))
    if told_us > 1e6:
        speed = told_us / max(1.0, passed_us)
        found += reason("frames_too_fast", speed, rules.media_speed, speed=speed)
    return found


def _beside_the_samples(raw: RawTrack, rules: Rules) -> list[Reason]:
    if not len(raw.sample_t_us):
        return []
    early = raw.sample_t_us < raw.mark_t_shown_us.min() - _APART_US
    late = raw.sample_t_us > raw.mark_t_shown_us.max() + _APART_US
    apart = float((early | late).mean())
    return reason("frames_and_samples_apart", apart, rules.apart_share, share=apart)
