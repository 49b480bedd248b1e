import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import sobel

from processing.content import (
    ContentFeatures,
    features,
    features_of_frames,
    spatial_information,
    temporal_information,
)
from processing.errors import BadInput
from processing.synthetic import SyntheticClip, write_clip


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 40), st.integers(3, 40))
def test_si_and_ti_follow_the_recommendation(seed, height, width):
    first, second = np.random.default_rng(seed).integers(0, 256, (2, height, width)).astype(np.float32)
    gradient = np.hypot(sobel(first.astype(float), 0), sobel(first.astype(float), 1))[1:-1, 1:-1]
    assert spatial_information(first) == pytest.approx(gradient.std(), rel=1e-4, abs=1e-4)
    assert temporal_information(first, second) == pytest.approx((second - first).std(), rel=1e-4)


def test_a_still_flat_clip_has_no_information():
    found = features_of_frames([np.full((20, 30), 77, np.uint8)] * 5, fps=30)
    assert found == ContentFeatures(si=0, ti=0, si_mean=0, motion=0, brightness=77, cuts_per_min=0)


def test_one_frame_is_measured_without_time():
    found = features_of_frames([np.eye(9, dtype=np.uint8) * 255], fps=30)
    assert found.si > 0 and found.ti == found.motion == found.cuts_per_min == 0


def test_si_is_the_maximum_over_time_and_its_mean_stands_beside_it():
    flat, busy = np.zeros((20, 20), np.uint8), np.random.default_rng(0).integers(0, 256, (20, 20))
    found = features_of_frames([flat, busy.astype(np.uint8)], fps=2)
    assert found.si == pytest.approx(2 * found.si_mean)


def test_cuts_are_told_from_motion():
    """Three scenes of ten frames; within each the picture slides by a pixel a frame."""
    rng = np.random.default_rng(0)
    scenes = [cv2.resize(rng.uniform(0, 255, (5, 8)), (128, 72)).astype(np.uint8) for _ in range(3)]
    frames = [np.roll(scene, step, axis=1) for scene in scenes for step in range(10)]
    found = features_of_frames(frames, fps=10)
    assert found.cuts_per_min == pytest.approx(2 * 60 / 3)
    assert 0 < found.motion < found.ti / 3


def test_a_written_clip_is_measured_and_clips_differ(tmp_path):
    measured = []
    for seed in (0, 1):
        write_clip(tmp_path / f"{seed}.mp4", SyntheticClip(seed, 96, 54, 30, 20))
        measured.append(features(tmp_path / f"{seed}.mp4"))
    assert measured[0].si != measured[1].si
    assert measured[0].vector().shape == (len(ContentFeatures.names()),)
    assert list(measured[0].document()) == list(ContentFeatures.names())


def test_nothing_to_measure_is_refused(tmp_path):
    with pytest.raises(BadInput, match="without frames"):
        features_of_frames([], fps=30)
    with pytest.raises(BadInput, match="2x9 pixels is too small"):
        features_of_frames([np.zeros((9, 2), np.uint8)], fps=30)
    (tmp_path / "text.mp4").write_text("not a video")
    with pytest.raises(BadInput):
        features(tmp_path / "text.mp4")
