from fractions import Fraction

import numpy as np
import pytest

from processing.errors import BadInput
from processing.synthetic import SyntheticClip, write_clip
from processing.video import probe

NTSC = Fraction(30000, 1001)


def test_the_same_seed_draws_the_same_pictures_and_another_seed_others():
    first, again, other = (
        list(SyntheticClip(seed, 64, 36, 30, 8).frames()) for seed in (1, 1, 2)
    )  # fmt: skip
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))
    assert first[0].shape == (36, 64, 3) and first[0].dtype == np.uint8 and len(first) == 8


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("size", [(160, 90), (90, 160)])
def test_the_attended_object_is_where_it_is_said_to_be(seed, size):
    clip = SyntheticClip(seed, *size, 10, 60)
    for frame, picture in enumerate(clip.frames()):
        x, y = clip.attended_px(frame)
        assert picture[int(y), int(x)].min() > 200, "the white core lies at the truth"
        assert clip.truth_px(frame) == (x, y)


@pytest.mark.parametrize("seed", range(20))
def test_paths_stay_inside_and_jump_only_at_cuts(seed):
    clip = SyntheticClip(seed, 320, 180, NTSC, 400)
    path = clip.attended_path_px()
    assert path.shape == (400, 2)
    assert (path > 0).all() and (path < (320, 180)).all()
    steps = np.hypot(*np.diff(path, axis=0).T)
    smooth = np.delete(steps, np.array(clip.cuts[1:], dtype=int) - 1)
    assert smooth.max() < 0.02 * 320
    assert clip.distractor_path_px(7).shape == path.shape


def test_long_clips_have_cuts_and_short_ones_none():
    assert len(SyntheticClip(0, 64, 36, 30, 900).cuts) >= 5
    assert SyntheticClip(0, 64, 36, 30, 30).cuts == [0]


def test_a_clip_is_written_with_its_exact_rate_and_the_same_bytes_each_time(tmp_path):
    clip = SyntheticClip(3, 64, 36, NTSC, 12)
    for name in ("a.mp4", "b.mp4"):
        write_clip(tmp_path / name, clip)
    facts = probe(tmp_path / "a.mp4")
    assert (facts.width, facts.height, facts.fps, facts.frames) == (64, 36, NTSC, 12)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("arguments", [(0, 8, 36, 30, 5), (0, 64, 36, 30, 0), (0, 64, 36, 0, 5)])
def test_a_clip_of_nothing_is_refused(arguments):
    with pytest.raises(BadInput, match="needs 16x16 pixels"):
        SyntheticClip(*arguments)
