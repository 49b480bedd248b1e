from fractions import Fraction

import numpy as np

from processing.attention import gaze_path, interest_maps


def frames_with_a_moving_patch(count=20):
    """Grey frames with a bright patch that moves along the middle row."""
    for n in range(count):
        frame = np.full((90, 160), 120, np.uint8)
        frame[40:50, 40 + 2 * n : 50 + 2 * n] = 255
        yield frame


def test_every_map_is_a_distribution():
    maps = interest_maps(frames_with_a_moving_patch())
    assert maps.shape == (20, 36, 64)
    assert np.allclose(maps.sum(axis=(1, 2)), 1, atol=1e-5)
    assert (maps >= 0).all()


def test_a_viewer_looks_at_what_stands_out():
    maps = interest_maps(frames_with_a_moving_patch())
    x, y = gaze_path(maps, fps=Fraction(25), width=160, height=90, seed=1)
    assert np.median(np.abs(y - 45)) < 10
    assert 30 < np.median(x) < 100


def test_the_same_seed_looks_at_the_same_places_inside_the_picture():
    maps = interest_maps(frames_with_a_moving_patch())
    first = gaze_path(maps, fps=Fraction(25), width=160, height=90, seed=5)
    second = gaze_path(maps, fps=Fraction(25), width=160, height=90, seed=5)
    assert np.array_equal(first, second)
    x, y = first
    assert ((x >= 0) & (x < 160) & (y >= 0) & (y < 90)).all()


def test_a_flat_picture_still_gives_a_map():
    maps = interest_maps(np.full((3, 50, 80), 7, np.uint8))
    assert np.isfinite(maps).all()
