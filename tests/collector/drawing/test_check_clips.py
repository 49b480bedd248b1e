"""The clips that the device check plays are what its counting takes them for."""

from fractions import Fraction

import numpy as np
import pytest

from processing.synthetic import SyntheticClip
from processing.video import probe
from scripts.make_check_clips import CLIPS, FOLDER, FRAMES, GRAIN_LEVELS, grainy


@pytest.mark.parametrize("name", CLIPS)
def test_three_seconds_of_thirty_frames_small_enough_to_be_fetched(name):
    path = FOLDER / f"check_{name}.mp4"
    facts = probe(path)
    assert (facts.width, facts.height) == CLIPS[name][:2]
    assert (facts.fps, facts.frames, facts.codec) == (Fraction(30), FRAMES, "h264")
    assert path.stat().st_size < 500_000


def test_grain_is_new_in_each_frame_and_the_same_at_each_making():
    clip = SyntheticClip(5, 64, 48, Fraction(30), 3)
    first, again = (list(grainy(clip)) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    grains = [noisy.astype(int) - plain for noisy, plain in zip(first, clip.frames(), strict=True)]
    assert all(np.abs(grain).max() <= GRAIN_LEVELS for grain in grains)
    assert not np.array_equal(grains[0], grains[1])
