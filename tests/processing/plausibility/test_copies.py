import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.plausibility import coarse_path, find_copies
from processing.plausibility.copies import UNKNOWN
from processing.synthetic import Hand
from processing.tracks import Track

ORIGINAL = 4
CROWD = 16


@pytest.fixture(scope="module")
def crowd(world):
    return [world.path(world.hand(seed)) for seed in range(CROWD)]


@pytest.fixture(scope="module")
def original(world):
    return world.hand(ORIGINAL)


def jittered(hand, px):
    noise = np.random.default_rng(9).normal(0, px, (2, len(hand.t_us)))
    return Hand(hand.t_us, hand.x_px + noise[0], hand.y_px + noise[1])


def later(hand, by_us):
    kept = hand.t_us + by_us >= 0
    return Hand(hand.t_us[kept] + by_us, hand.x_px[kept], hand.y_px[kept])


FORGERS = {
    "the same again": lambda hand: hand,
    "jittered by 2 px": lambda hand: jittered(hand, 2),
    "jittered by 8 px": lambda hand: jittered(hand, 8),
    "later": lambda hand: later(hand, 730_000),
    "earlier": lambda hand: later(hand, -1_400_000),
    "mirrored in x": lambda hand: Hand(hand.t_us, 1280 - hand.x_px, hand.y_px),
    "mirrored in y": lambda hand: Hand(hand.t_us, hand.x_px, 720 - hand.y_px),
    "mirrored in both and jittered": lambda hand: jittered(
        Hand(hand.t_us, 1280 - hand.x_px, 720 - hand.y_px), 3
    ),
    "moved": lambda hand: Hand(hand.t_us, hand.x_px + 25, hand.y_px - 12),
    "scaled": lambda hand: Hand(hand.t_us, 640 + 1.08 * (hand.x_px - 640), 360 + 0.93 * (hand.y_px - 360)),
    "backwards": lambda hand: Hand((11_000_000 - hand.t_us)[::-1], hand.x_px[::-1], hand.y_px[::-1]),
}


@pytest.mark.parametrize("forge", FORGERS.values(), ids=FORGERS)
def test_a_copy_is_found_in_a_crowd_and_alone(world, crowd, original, forge):
    forged = world.path(forge(original))
    (among_many,) = find_copies(forged, crowd)
    assert among_many.index == ORIGINAL
    assert among_many.strength > 0.8
    (alone,) = find_copies(forged, [crowd[ORIGINAL]])
    assert alone.strength > 0.8


def test_what_was_done_to_the_copy_is_said(world, crowd, original):
    copy = find_copies(world.path(later(FORGERS["mirrored in x"](original), 500_000)), crowd)[0]
    assert copy.mirrored == "x"
    assert copy.shift_s == pytest.approx(0.5, abs=0.11)
    assert not copy.reversed
    assert find_copies(world.path(FORGERS["backwards"](original)), crowd)[0].reversed


@pytest.mark.parametrize("seed", range(8))
def test_honest_hands_on_one_clip_are_no_copies(world, crowd, seed):
    others = crowd[:seed] + crowd[seed + 1 :]
    assert find_copies(crowd[seed], others) == []
    assert all(find_copies(crowd[seed], [other]) == [] for other in others)


def test_hands_behind_different_eyes_are_no_copies(world):
    paths = [world.path(world.eye_hand(seed)) for seed in range(5)]
    assert all(find_copies(path, paths[:n] + paths[n + 1 :]) == [] for n, path in enumerate(paths))


def test_hands_that_hardly_move_are_all_alike_and_no_copies(world):
    still = [
        world.path(world.drawn(lambda s, n=n: (640 + np.sin(s + n), 360 + np.cos(s * n)))) for n in range(4)
    ]
    assert find_copies(still[0], still[1:]) == []


def test_nobody_else_means_no_copy(crowd):
    assert find_copies(crowd[0], []) == []


def test_a_path_is_unknown_where_nobody_knows():
    track = Track("o", np.array([1_000_000, 2_000_000]), np.array([0.0, 100.0]), np.array([50.0, 50.0]))
    path = coarse_path(track, 3.0, 200, 100)
    assert path.shape == (30, 2)
    assert (path[:10] == UNKNOWN).all()
    assert (path[20:] == UNKNOWN).all()
    assert path[10:20, 0].tolist() == [250 + 500 * n for n in range(10)]
    assert (path[10:20, 1] == 2500).all()


def test_a_track_without_samples_has_an_unknown_path():
    empty = Track("o", np.array([], np.int64), np.array([]), np.array([]))
    path = coarse_path(empty, 2.0, 200, 100)
    assert (path == UNKNOWN).all()
    assert find_copies(path, [path]) == []


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(0, 9_000_000), st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), max_size=30)
)
def test_any_track_has_a_path_and_no_path_makes_trouble(rows):
    rows = sorted(rows, key=lambda row: row[0])
    columns = [np.array([row[i] for row in rows], np.int64 if i == 0 else float) for i in range(3)]
    path = coarse_path(Track("o", *columns), 8.0, 640, 360)
    assert path.dtype == np.int16
    for copy in find_copies(path, [path, path[::-1]]):
        assert 0 < copy.strength <= 0.95
