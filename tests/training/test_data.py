"""Reading a release: which frames are kept, which blur the targets get, what the cache holds."""

import io
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.layouts import open_dataset
from processing.video import VideoFacts, read_rgb
from training.clips import ClipSet
from training.config import DataConfig
from training.data import kept_frames, prepare
from training.grid import Grid, Orientation
from training.progress import Reporter, StopRequest

SMALL = DataConfig(long_side=64, short_side=32)


def prepared(release: Path, config: DataConfig = SMALL, cache: Path | None = None) -> ClipSet:
    stop = StopRequest()
    reporter = Reporter(stop, io.StringIO())
    return prepare(open_dataset(release), config, cache=cache, reporter=reporter, stop=stop)


def facts(fps: Fraction, frames: int) -> VideoFacts:
    return VideoFacts(64, 36, fps, frames, "h264", False, True, float(frames / fps))


@given(
    fps=st.sampled_from([Fraction(30), Fraction(30000, 1001), Fraction(25, 2), Fraction(24), Fraction(5)]),
    frames=st.integers(1, 400),
)
def test_the_kept_frames_are_the_nearest_to_every_tenth_of_a_second(fps: Fraction, frames: int) -> None:
    kept = kept_frames(facts(fps, frames), 0.1)
    assert kept[0] == 0 and kept[-1] < frames
    assert (np.diff(kept) >= 1).all()
    if fps >= 10:
        off = kept / float(fps) - np.arange(len(kept)) * 0.1
        assert np.abs(off).max() <= 0.5 / float(fps) + 1e-9
        assert (frames - 1 - kept[-1]) / float(fps) < 0.1 + 0.5 / float(fps)
    else:
        np.testing.assert_array_equal(kept, np.arange(frames))


def test_clips_hold_what_the_release_holds(spot_release: Path, tmp_path: Path) -> None:
    clips = prepared(spot_release, cache=tmp_path / "cache")
    assert [clip.name for clip in clips.clips] == ["alpha", "beta", "tall"]
    alpha, tall = clips.clips[0], clips.clips[2]
    assert (alpha.orientation, alpha.picture) == (Orientation.LANDSCAPE, Grid(90, 160))
    assert tall.orientation is Orientation.PORTRAIT
    assert alpha.pictures is not None and tall.pictures is not None
    assert alpha.pictures.shape == (7, 32, 64, 3) and tall.pictures.shape == (7, 64, 32, 3)
    np.testing.assert_allclose(alpha.seconds, np.arange(7) * 3 * 1001 / 30000)
    # The fourth moment kept is frame 9; its picture is that frame, only smaller.
    frames = list(read_rgb(spot_release / "Videos" / "alpha.mp4"))
    assert alpha.pictures[3].mean() == pytest.approx(frames[9].mean(), abs=1)


def test_the_cache_is_made_once_and_shared(spot_release: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = prepared(spot_release, cache=cache)
    made = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    again = prepared(spot_release, cache=cache)
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == made
    assert again.digest == first.digest
    prepared(spot_release, DataConfig(long_side=96, short_side=64), cache=cache)
    assert len(list(cache.iterdir())) == 2 * len(made)


def test_targets_are_blurred_as_the_released_maps_were(spot_release: Path) -> None:
    sigmas = [clip.sigma_px for clip in prepared(spot_release).clips]
    assert sigmas == pytest.approx([4.8] * 3)
    unlabelled = prepared(spot_release).digest
    (spot_release / "recipe.json").write_text('{"sigma_px": 7.5}')
    assert [clip.sigma_px for clip in prepared(spot_release).clips] == pytest.approx([7.5] * 3)
    (spot_release / "VideoInfo.json").write_text(json.dumps({"beta": {"sigma_px": 9}}))
    assert [clip.sigma_px for clip in prepared(spot_release).clips] == pytest.approx([7.5, 9, 7.5])
    assert prepared(spot_release).digest != unlabelled
    wished = DataConfig(long_side=64, short_side=32, sigma_share=0.1)
    assert [clip.sigma_px for clip in prepared(spot_release, wished).clips] == pytest.approx([16] * 3)


def test_a_release_without_training_clips_is_refused(spot_release: Path) -> None:
    (spot_release / "TrainTestSplit.json").write_text('{"public_test": ["gamma"]}')
    with pytest.raises(BadInput, match="no clips in its part 'train'"):
        prepared(spot_release)
