import numpy as np
import pytest

from processing.errors import BadInput
from processing.synthetic import Attention, SyntheticClip, follow_gaze, simulate_hand, watch

SIZE = {"width": 640, "height": 360}
END_US = 6_000_000


def circling(period_s=4.0):
    t_us = np.arange(0, END_US, 10_000)
    angle = 2 * np.pi * t_us / 1e6 / period_s
    return Attention(t_us, 320 + 150 * np.cos(angle), 180 + 100 * np.sin(angle))


def distance_px(attention, hand, lag_ms):
    places = hand.position_px(attention.t_us + round(lag_ms * 1000))
    return np.hypot(places[:, 0] - attention.x_px, places[:, 1] - attention.y_px)


@pytest.mark.parametrize("lag_ms", [150, 300, 450])
def test_the_hand_is_where_attention_was_the_lag_before(lag_ms):
    attention = circling()
    hand = simulate_hand(attention, seed=1, end_us=END_US + 800_000, lag_ms=lag_ms, lag_jitter_ms=0, **SIZE)
    settled = attention.t_us > 300_000
    by_lag = {lag: np.median(distance_px(attention, hand, lag)[settled]) for lag in range(0, 700, 50)}
    assert min(by_lag, key=by_lag.get) == lag_ms
    assert by_lag[lag_ms] < 0.02 * 640


def test_hands_repeat_by_seed_and_differ_between_seeds():
    hands = [simulate_hand(circling(), seed=seed, end_us=END_US, **SIZE) for seed in (1, 1, 2)]
    assert (hands[0].t_us == hands[1].t_us).all() and (hands[0].x_px == hands[1].x_px).all()
    assert hands[0].t_us.shape != hands[2].t_us.shape or (hands[0].t_us != hands[2].t_us).any()


def test_events_rise_in_time_come_at_a_mouse_s_pace_and_stay_in_the_picture():
    for seed in range(10):
        hand = simulate_hand(circling(), seed=seed, end_us=END_US, **SIZE)
        gaps_us = np.diff(hand.t_us)
        assert hand.t_us.dtype == np.int64 and hand.t_us[0] == 0 and hand.t_us[-1] <= END_US
        assert gaps_us.min() > 7_500 and np.median(gaps_us) < 18_000
        assert (hand.x_px >= 0).all() and (hand.x_px < 640).all() and (hand.y_px < 360).all()


def test_a_resting_hand_sends_no_events():
    """Attention stays in one place for two seconds."""
    still = Attention(np.array([0, END_US]), np.array([200.0, 200.0]), np.array([100.0, 100.0]))
    longest = max(
        np.diff(simulate_hand(still, seed=seed, end_us=END_US, **SIZE).t_us).max() for seed in range(10)
    )
    assert longest > 400_000


def test_the_hand_waits_in_the_middle_until_the_lag_is_over():
    far = Attention(np.array([0, END_US]), np.array([50.0, 50.0]), np.array([50.0, 50.0]))
    hand = simulate_hand(far, seed=0, end_us=END_US, lag_jitter_ms=0, **SIZE)
    early = hand.position_px(np.array([0, 100_000]))
    assert np.abs(early - (320, 180)).max() < 15
    assert np.abs(hand.position_px(np.array([1_000_000])) - (50, 50)).max() < 15


def test_observers_of_a_clip_look_at_the_truth_most_of_the_time_but_not_always():
    clip = SyntheticClip(4, 320, 180, 30, 300)
    truth = clip.attended_path_px()
    near = []
    for seed in range(20):
        attention = watch(clip, seed=seed)
        assert len(attention.t_us) == clip.frame_count
        near.append(np.hypot(attention.x_px - truth[:, 0], attention.y_px - truth[:, 1]) < 0.1 * 180)
    assert 0.75 < np.mean(near) < 0.98


def test_frames_begin_at_the_first_microsecond_not_before_them():
    clip = SyntheticClip(0, 64, 36, 30, 4)
    assert watch(clip, seed=0).t_us.tolist() == [0, 33334, 66667, 100000]


def test_a_recorded_eye_is_followed_at_the_exact_lag_whatever_the_order_of_its_samples():
    attention = circling()
    shuffled = np.random.default_rng(0).permutation(len(attention.t_us))
    hand = follow_gaze(
        attention.t_us[shuffled],
        attention.x_px[shuffled],
        attention.y_px[shuffled],
        seed=3,
        end_us=END_US,
        **SIZE,
    )
    assert np.median(distance_px(attention, hand, 300)[100:500]) < 0.02 * 640


def test_a_hand_with_nothing_to_follow_is_refused():
    nothing = Attention(np.array([], dtype=np.int64), np.array([]), np.array([]))
    with pytest.raises(BadInput, match="holds no sample"):
        simulate_hand(nothing, seed=0, end_us=END_US, **SIZE)
