"""Whose hand a simulated observer has: one that knows the clip's truth, a recorded eye, or a made-up scanpath."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from collector import blobs
from collector.models import Rendition
from processing.attention import gaze_path, interest_maps
from processing.gaze import GazeRecording
from processing.synthetic import Attention, Hand, SyntheticClip, follow_gaze, simulate_hand, watch
from processing.video import read_luma

AFTER_END_S = 2  # hands go on past the clip's end, over the held last frame


@dataclass
class Hands:
    """Gives each simulated observer a hand for each rendition; what is costly to know of a clip is kept.

    `gaze` maps stimulus names to recordings of eyes, which are then replayed as hands, one recording an observer.
    """

    gaze: Mapping[str, Sequence[GazeRecording]] = field(default_factory=dict)
    _interest: dict[str, np.ndarray] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, rendition_sha256: str, seed: int) -> Hand:
        """The hand that watches a rendition, the same for the same seed."""
        rendition = Rendition.objects.select_related("stimulus").get(sha256=rendition_sha256)
        end_us = round((rendition.duration_s + AFTER_END_S) * 1_000_000)
        size = {"width": rendition.width, "height": rendition.height}
        if recordings := self.gaze.get(rendition.stimulus.name):
            eye = recordings[seed % len(recordings)]
            x_px, y_px = eye.x_share * rendition.width, eye.y_share * rendition.height
            return follow_gaze(eye.t_us, x_px, y_px, seed=seed, end_us=end_us, **size)
        return simulate_hand(self._attention(rendition, seed), seed=seed, end_us=end_us, **size)

    def _attention(self, rendition: Rendition, seed: int) -> Attention:
        if truth := rendition.stimulus.preparation.get("truth"):
            return watch(synthetic_clip(truth), seed=seed)
        maps = self._maps(rendition)
        x_px, y_px = gaze_path(
            maps, fps=rendition.fps, width=rendition.width, height=rendition.height, seed=seed
        )
        t_us = np.arange(len(maps), dtype=np.int64) * 1_000_000 * rendition.fps_den // rendition.fps_num
        return Attention(t_us, x_px, y_px)

    def _maps(self, rendition: Rendition) -> np.ndarray:
        with self._lock:  # many observers ask for the same clip at once; one of them decodes it
            if rendition.sha256 not in self._interest:
                with blobs.scratch() as folder:
                    clip = blobs.fetch("media", rendition.sha256, folder / "clip.mp4")
                    self._interest[rendition.sha256] = interest_maps(read_luma(clip))
            return self._interest[rendition.sha256]


def truth_document(clip: SyntheticClip, seed: int) -> dict[str, Any]:
    """What is stored with a synthetic stimulus so that the clip can be made again."""
    return {
        "seed": seed,
        "width": clip.width,
        "height": clip.height,
        "fps": str(clip.fps),
        "frames": clip.frame_count,
    }


def synthetic_clip(truth: Mapping[str, Any]) -> SyntheticClip:
    """The clip that `truth_document` describes."""
    return SyntheticClip(
        truth["seed"], truth["width"], truth["height"], Fraction(truth["fps"]), truth["frames"]
    )
