"""What holds of the whole way from tracks to maps, whatever the tracks are."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.align import RawTrack, align
from processing.fixations import frame_points
from processing.maps import MapMaker
from processing.recipe import Recipe
from processing.resample import FrameGrid, resample
from processing.tracks import Track

WIDTH, HEIGHT, FRAMES, FPS = 64, 48, 20, Fraction(30000, 1001)


@st.composite
def tracks(draw, observer="a"):
    """A hand with whole-numbered events at uneven times, somewhere around the clip."""
    gaps_us = draw(st.lists(st.integers(1, 90_000), min_size=1, max_size=25))
    # Never before the hand's own time 0, where a crop of 0 ms begins to cut, nor when shifted by 300 ms.
    start_us = draw(st.integers(300_000, 600_000))
    places = st.lists(st.integers(-5, 70), min_size=len(gaps_us), max_size=len(gaps_us))
    return Track(observer, start_us + np.cumsum(gaps_us), draw(places), draw(places))


def points(some, **recipe):
    grid = FrameGrid.of(FRAMES, FPS, Recipe(**recipe))
    found = frame_points([resample(track, grid) for track in some], FRAMES, WIDTH, HEIGHT)
    return [own.tolist() for own in found.points]


inner = st.lists(st.tuples(st.integers(60, 139), st.integers(50, 99)), min_size=1, max_size=20)


@given(inner, st.floats(1.2, 8))
def test_mass_is_kept(spots, sigma_px):
    density = MapMaker(200, 150, sigma_px).density(np.array(spots))
    assert density.sum() == pytest.approx(len(spots) * 2 * np.pi * sigma_px**2, rel=1e-6)


@given(inner)
def test_without_width_the_map_is_the_points(spots):
    density = MapMaker(200, 150, 0.05).density(np.array(spots))
    counts = np.zeros((150, 200))
    np.add.at(counts, tuple(np.array(spots).T[::-1]), 1)
    np.testing.assert_allclose(density, counts, atol=1e-12)


@given(tracks(), st.integers(-30, 30), st.integers(-300, 600))
def test_a_hand_that_comes_later_is_the_same_hand_under_as_much_more_lag(track, steps, lag_ms):
    later = dataclasses.replace(track, t_us=track.t_us + steps * 10_000)
    assert points([later], lag_ms=lag_ms + steps * 10) == points([track], lag_ms=lag_ms)
    back = dataclasses.replace(later, t_us=later.t_us - steps * 10_000)
    assert points([back], lag_ms=lag_ms) == points([track], lag_ms=lag_ms)


@given(tracks(), st.integers(-20, 20), st.integers(-20, 20))
def test_moving_the_hand_moves_its_points_and_back(track, right, down):
    grid = FrameGrid.of(FRAMES, FPS, Recipe(lag_ms=0))
    moved = dataclasses.replace(track, x_px=track.x_px + right, y_px=track.y_px + down)
    once, again = resample(track, grid), resample(moved, grid)
    assert np.array_equal(once.frame, again.frame)
    np.testing.assert_allclose(again.x_px - right, once.x_px, atol=1e-12)
    np.testing.assert_allclose(again.y_px - down, once.y_px, atol=1e-12)
    back = dataclasses.replace(moved, x_px=moved.x_px - right, y_px=moved.y_px - down)
    assert points([back]) == points([track])


@given(st.data(), st.randoms())
def test_who_comes_first_and_what_they_are_called_changes_nothing(data, random):
    crowd = [data.draw(tracks(name)) for name in "abcd"]
    renamed = [dataclasses.replace(own, observer=f"someone {number}") for number, own in enumerate(crowd)]
    random.shuffle(renamed)
    assert points(renamed) == points(crowd)


@given(tracks(), st.data())
def test_cutting_a_track_at_an_event_changes_no_grid_sample(track, data):
    cut = data.draw(st.integers(0, len(track.t_us) - 1))
    grid = FrameGrid.of(FRAMES, FPS, Recipe(lag_ms=0))
    whole = resample(track, grid)
    pieces = [
        resample(Track("a", track.t_us[part], track.x_px[part], track.y_px[part]), grid)
        for part in (slice(0, cut + 1), slice(cut, None))
    ]
    twice = int(track.t_us[cut] % 10_000 == 0 and _inside(track.t_us[cut]))
    for name in ("frame", "x_px", "y_px"):
        first, second = (getattr(piece, name) for piece in pieces)
        joined = np.concatenate([first, second[twice:]])
        assert np.array_equal(joined, getattr(whole, name))


@given(st.lists(st.integers(0, 400), max_size=6), st.randoms())
def test_in_how_many_chunks_a_recording_came_and_in_what_order_changes_nothing(cuts, random):
    t_us = 1_000_000 + np.arange(400) * 1_500
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 100, 400), rng.uniform(0, 50, 400)
    chunks = [rows for rows in np.split(np.arange(400), sorted(cuts)) if len(rows)]
    random.shuffle(chunks)
    rows = np.concatenate(chunks)
    once, again = (
        align(_recording(t_us[order], x[order], y[order]), "a", FPS, WIDTH, HEIGHT)
        for order in (np.arange(400), rows)
    )
    assert np.array_equal(once[0].t_us, again[0].t_us)
    assert np.array_equal(once[0].x_px, again[0].x_px)
    assert once[1] == again[1]


def _inside(t_us):
    return 0 <= t_us < FRAMES / FPS * 1_000_000


def _recording(t_us, x, y):
    frames = np.arange(18)
    media_us = np.rint(frames / float(FPS) * 1e6).astype(np.int64)
    return RawTrack(
        sample_t_us=t_us,
        sample_x=x,
        sample_y=y,
        sample_kind=np.zeros(len(t_us), np.int64),
        mark_t_us=1_000_000 + media_us,
        mark_t_shown_us=1_000_000 + media_us,
        mark_media_us=media_us,
        mark_presented=frames,
        viewport_t_us=np.zeros(1, np.int64),
        viewport_left=np.zeros(1),
        viewport_top=np.zeros(1),
        viewport_width=np.full(1, 100.0),
        viewport_height=np.full(1, 50.0),
    )
