from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.align import RawTrack
from processing.plausibility import Rules, Upload, combined, examine
from processing.synthetic import Hand

LOUD, QUIET = 0.5, 0.2


def score(world, raw, **more):
    return combined(one.strength for one in examine(raw, world.clip, upload=None, **more))


def codes(world, raw, **more):
    reasons = examine(raw, world.clip, upload=None, **more)
    assert all(one.sentence for one in reasons)
    return {one.code for one in reasons if one.strength >= LOUD}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_honest_hands_raise_no_doubt(world, seed, scale):
    assert score(world, world.record(world.hand(seed), scale)) < QUIET
    assert score(world, world.record(world.eye_hand(seed), scale)) < QUIET


@pytest.mark.parametrize("seed", range(6))
def test_whole_pixels_raise_no_doubt(world, seed):
    hand = world.hand(seed)
    whole = Hand(hand.t_us, np.rint(hand.x_px), np.rint(hand.y_px))
    assert score(world, world.record(whole)) < QUIET


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize(
    "draw",
    [
        lambda s: (100 + 60 * s + 2 * s**2 - 0.1 * s**3, 300 + 15 * s),
        lambda s: (640 + 200 * np.cos(s), 360 + 150 * np.sin(2 * s)),
        lambda s: (640 + 300 * np.sin(s / 2), 360 + 200 * np.sin(s / 3)),
    ],
    ids=["polynomial", "figure of eight", "slow sway"],
)
def test_a_drawn_curve_is_too_smooth(world, draw, rounded):
    hand = world.drawn(draw)
    if rounded:
        hand = Hand(hand.t_us, np.rint(hand.x_px), np.rint(hand.y_px))
    assert "too_smooth" in codes(world, world.record(hand))


@pytest.mark.parametrize("corner_every_s", [0.5, 1.0, 2.0])
def test_straight_lines_at_constant_speed_are_found(world, corner_every_s):
    def draw(s):
        rng = np.random.default_rng(4)
        corners = np.arange(0, s[-1] + corner_every_s, corner_every_s)
        places = rng.uniform(0, 1, (len(corners), 2)) * [world.width, world.height]
        return [np.interp(s, corners, axis) for axis in places.T]

    assert "straight_lines" in codes(world, world.record(world.drawn(draw)))


def test_places_drawn_at_random_are_no_motion(world):
    rng = np.random.default_rng(5)
    hand = world.drawn(lambda s: (rng.uniform(0, 1280, len(s)), rng.uniform(0, 720, len(s))))
    assert "jumping" in codes(world, world.record(hand))


@pytest.mark.parametrize("step_px", [2, 4, 10])
def test_a_lattice_coarser_than_the_screen_is_found(world, step_px):
    hand = world.hand(3)
    coarse = Hand(hand.t_us, np.rint(hand.x_px / step_px) * step_px, np.rint(hand.y_px / step_px) * step_px)
    assert "coarse_lattice" in codes(world, world.record(coarse))


def test_a_page_zoomed_out_has_an_honest_coarse_lattice(world):
    hand = world.hand(3)
    coarse = Hand(hand.t_us, np.rint(hand.x_px / 2) * 2, np.rint(hand.y_px / 2) * 2)
    assert score(world, world.record(coarse), screen_px=2.0) < QUIET


@pytest.mark.parametrize("period_us", [2_000, 8_000, 1e6 / 60])
def test_events_on_a_perfect_grid_are_found(world, period_us):
    times = np.rint(np.arange(0, 11_000_000, period_us)).astype(np.int64)
    at = world.hand(3).position_px(times) + np.random.default_rng(1).normal(0, 0.4, (len(times), 2))
    assert "clock_grid" in codes(world, world.record(Hand(times, *at.T)))


def test_a_fast_mouse_under_a_browser_that_counts_milliseconds_raises_no_doubt(world):
    times = 1_000 * np.unique(np.random.default_rng(6).integers(0, 11_000, 9_000))
    at = world.hand(3).position_px(times) + np.random.default_rng(1).normal(0, 0.4, (len(times), 2))
    assert "clock_grid" not in codes(world, world.record(Hand(times, *at.T)))


def test_more_events_than_a_mouse_can_send_are_found(world):
    hand = world.drawn(
        lambda s: (600 + np.cumsum(np.random.default_rng(2).normal(0, 0.2, len(s))), s), 20_000
    )
    assert "too_many_moves" in codes(world, world.record(hand))


def test_rests_that_no_frame_explains_are_found(world):
    raw = world.record(world.hand(3))
    few = {name: getattr(raw, name)[::10] for name in vars(raw) if name.startswith("mark")}
    times = np.arange(raw.mark_t_us[0], raw.mark_t_us[-1], 2_000)
    samples = {
        "sample_t_us": times,
        "sample_x": np.full(len(times), 5.0),
        "sample_y": np.full(len(times), 5.0),
        "sample_kind": np.ones(len(times), np.int64),
    }
    assert "too_many_rests" in codes(world, replace(raw, **few, **samples))


def shifted_marks(raw, **changes):
    return replace(
        raw, **{f"mark_{name}": change(getattr(raw, f"mark_{name}")) for name, change in changes.items()}
    )


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("frames_backwards", {"media_us": lambda media: media[::-1]}),
        ("frames_off_their_times", {"media_us": lambda media: media + 12_000}),
        ("frames_off_their_times", {"media_us": lambda media: media * 3}),
        ("frames_miscounted", {"presented": lambda count: np.full_like(count, 7)}),
        ("frames_miscounted", {"presented": lambda count: count * 9}),
        ("frames_shown_elsewhen", {"t_us": lambda told: told - 2_000_000}),
        (
            "frames_too_fast",
            {
                "t_us": lambda told: told[0] + (told - told[0]) // 2,
                "t_shown_us": lambda shown: shown[0] + (shown - shown[0]) // 2,
            },
        ),
        (
            "frames_and_samples_apart",
            {"t_us": lambda told: told + 60_000_000, "t_shown_us": lambda shown: shown + 60_000_000},
        ),
    ],
)
def test_a_frame_log_that_does_not_fit_is_found(world, code, changes):
    raw = world.record(world.hand(3))
    assert code in codes(world, shifted_marks(raw, **changes))


def test_samples_without_any_frame_are_found(world):
    raw = world.record(world.hand(3))
    none = {name: getattr(raw, name)[:0] for name in vars(raw) if name.startswith("mark")}
    assert "no_frames" in codes(world, replace(raw, **none))


def test_dropped_frames_and_a_stall_are_no_forgery(world):
    raw = world.record(world.hand(3))
    kept = np.ones(len(raw.mark_t_us), bool)
    kept[50:200:3] = False
    late = np.where(np.arange(len(kept)) > 150, 900_000, 0)
    marks = {
        "mark_t_us": (raw.mark_t_us + late)[kept],
        "mark_t_shown_us": (raw.mark_t_shown_us + late)[kept],
        "mark_media_us": raw.mark_media_us[kept],
        "mark_presented": np.arange(kept.sum()),
    }
    assert score(world, replace(raw, **marks)) < QUIET


def upload(raw, slower=1.0, finished_after_s=None):
    until = np.arange(raw.sample_t_us.min() + 2_000_000, raw.sample_t_us.max() + 1, 2_000_000)
    opened = 1_700_000_000_000_000
    received = opened + ((until - raw.sample_t_us.min() + 1_500_000) * slower).astype(np.int64)
    finished = opened + round(finished_after_s * 1e6) if finished_after_s else int(received[-1]) + 300_000
    return Upload(opened, received, until, finished)


def test_a_recording_that_comes_as_it_happens_raises_no_doubt(world):
    raw = world.record(world.hand(3))
    assert examine(raw, world.clip, upload=upload(raw)) == []


@pytest.mark.parametrize("changes", [{"slower": 0.2}, {"finished_after_s": 3.0}])
def test_an_upload_before_it_can_have_happened_is_found(world, changes):
    raw = world.record(world.hand(3))
    (found,) = examine(raw, world.clip, upload=upload(raw, **changes))
    assert found.code == "uploaded_early"
    assert found.strength >= LOUD


def test_an_empty_recording_is_looked_at_without_trouble(world):
    nothing = np.array([], np.int64)
    raw = RawTrack(**dict.fromkeys(RawTrack.__dataclass_fields__, nothing))
    empty = Upload(0, nothing, nothing, None)
    assert examine(raw, world.clip, upload=empty) == []


def test_a_reason_names_its_numbers(world):
    raw = world.record(world.drawn(lambda s: (640 + 200 * np.cos(s), 360 + 150 * np.sin(s))))
    document = examine(raw, world.clip, upload=None)[0].document()
    assert document["code"] == "too_smooth"
    assert document["seen"]["share"] > 0.9
    assert "no tremor" in document["sentence"]


def test_other_rules_have_another_fingerprint():
    assert Rules().fingerprint() == Rules().fingerprint()
    assert Rules().fingerprint() != Rules(smooth_px=0.3).fingerprint()


TIMES = st.integers(0, 2**47 - 1)
LENGTHS = st.floats(-1e5, 1e5)
COUNTS = st.integers(0, 2**31 - 1)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(TIMES, LENGTHS, LENGTHS, st.sampled_from([0, 1, 2])), max_size=40),
    st.lists(st.tuples(TIMES, TIMES, TIMES, COUNTS), max_size=10),
)
def test_whatever_the_wire_lets_through_gets_a_score(world, samples, marks):
    times, x, y, kinds = (np.array([row[i] for row in samples]) for i in range(4))
    told, shown, media, presented = (np.array([row[i] for row in marks], np.int64) for i in range(4))
    raw = replace(
        world.record(world.hand(0)),
        sample_t_us=times.astype(np.int64),
        sample_x=x.astype(float),
        sample_y=y.astype(float),
        sample_kind=kinds.astype(np.int64),
        mark_t_us=told,
        mark_t_shown_us=shown,
        mark_media_us=media,
        mark_presented=presented,
    )
    assert 0 <= score(world, raw) <= 1
