"""Clips to score: two small videos and their fixations, random unless told otherwise, written with PyAV itself."""

import json
from fractions import Fraction

import av
import numpy as np
import pytest

from processing.scoring import MODES
from processing.scoring.video import ClipFiles, score_video


def write_video(path, frames, pixel_format="yuv420p10le", chroma=None, full_range=False):
    """Encode luma codes (H, W) as they are, losslessly; chroma is neutral unless given."""
    deep = "10" in pixel_format
    neutral = (512 if deep else 128) if chroma is None else chroma
    height, width = frames[0].shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(30), options={"qp": "0", "preset": "ultrafast"}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        if full_range:
            stream.codec_context.color_range = 2
        for codes in frames:
            planes = np.full((height * 3 // 2, width), neutral, np.uint16 if deep else np.uint8)
            planes[:height] = codes
            frame = av.VideoFrame.from_ndarray(planes, format=pixel_format)
            if full_range:
                frame.color_range = 2
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


class Clip:
    """Two videos and their fixations in a folder; change `predictions`, `truths` or `fixations`, then write."""

    def __init__(self, folder, seed=0, frames=4, size=(36, 64), predicted_size=None, high=1024):
        rng = np.random.default_rng(seed)
        self.prediction, self.truth = folder / "prediction.mp4", folder / "truth.mp4"
        self.fixations_file = folder / "fixations.json"
        self.truths = [rng.integers(0, high, size) for _ in range(frames)]
        self.predictions = [rng.integers(0, high, predicted_size or size) for _ in range(frames)]
        self.fixations = [
            np.column_stack([rng.integers(0, limit, 9) for limit in size]).tolist() for _ in range(frames)
        ]

    @property
    def files(self):
        return ClipFiles("clip", self.prediction, self.truth, self.fixations_file)

    def write(self, predicted=None, true=None):
        write_video(self.prediction, self.predictions, **(predicted or {}))
        write_video(self.truth, self.truths, **(true or {}))
        self.fixations_file.write_text(json.dumps(self.fixations))
        return self

    def score(self, mode, **more):
        return score_video(MODES[mode], self.files, **more)


@pytest.fixture
def make_pair(tmp_path):
    """make_pair(seed=, frames=, size=, predicted_size=, high=): a `Clip` that is not written yet."""
    return lambda **settings: Clip(tmp_path, **settings)
