"""A first verdict on one aligned track: which rules spoke, with the numbers that made them speak."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from processing.tracks import Track


@dataclass(frozen=True)
class TrackFacts:
    """What the rules look at. Shares are 0 to 1."""

    mapped_share: float  # of the clip's duration, between the first and the last mapped sample
    move_rate_hz: float  # distinct times of pointer events a second of the clip
    outside_share: float  # of the mapped samples that lie outside the picture
    frames_shown_share: float  # of the clip's frames that were presented

    def document(self) -> dict[str, float]:
        """Rounded, for storing beside the verdict."""
        return {name: round(value, 4) for name, value in vars(self).items()}


@dataclass(frozen=True)
class Limits:
    """Thresholds of the rules; AIM24 asks for at least three distinct sample times a second.

    Of pointer events: between them the page writes rests of its own accord, at every frame, whoever sits there.
    """

    min_mapped_share: float
    min_move_rate_hz: float
    max_outside_share: float
    min_frames_shown_share: float


def track_facts(
    track: Track,
    *,
    moves_us: np.ndarray,
    frames_presented: np.ndarray,
    frames: int,
    fps: Fraction,
    width: int,
    height: int,
) -> TrackFacts:
    """Facts of one track on a clip of `frames` frames, `width` x `height` video pixels.

    `track` holds media time in µs and video px, sorted by time; `moves_us` (M,) are the media times of its pointer
    events; `frames_presented` (N,) are the 0-based numbers of the frames that were put on the screen, with repeats.
    """
    duration_us = float(frames / fps * 1_000_000)
    inside_clip = (track.t_us >= 0) & (track.t_us < duration_us)
    times = track.t_us[inside_clip]
    moves = moves_us[(moves_us >= 0) & (moves_us < duration_us)]
    outside = (track.x_px < 0) | (track.x_px >= width) | (track.y_px < 0) | (track.y_px >= height)
    shown = np.unique(frames_presented[(frames_presented >= 0) & (frames_presented < frames)])
    return TrackFacts(
        mapped_share=float(times[-1] - times[0]) / duration_us if len(times) else 0.0,
        move_rate_hz=len(np.unique(moves)) / (duration_us / 1_000_000),
        outside_share=float(outside[inside_clip].mean()) if len(times) else 1.0,
        frames_shown_share=len(shown) / frames,
    )


def reasons_against(facts: TrackFacts, limits: Limits) -> list[dict[str, float | str]]:
    """Reasons to reject the track: code, what was seen, and the threshold; empty when it is valid."""
    rules = [
        ("too_little_mapped", facts.mapped_share, limits.min_mapped_share, 1),
        ("too_few_samples", facts.move_rate_hz, limits.min_move_rate_hz, 1),
        ("too_much_outside", facts.outside_share, limits.max_outside_share, -1),
        ("too_few_frames_shown", facts.frames_shown_share, limits.min_frames_shown_share, 1),
    ]
    return [
        {"code": code, "seen": round(seen, 4), "threshold": threshold}
        for code, seen, threshold, sense in rules
        if (seen - threshold) * sense < 0
    ]
