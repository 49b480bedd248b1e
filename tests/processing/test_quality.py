from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processing.quality import Limits, TrackFacts, reasons_against, track_facts
from processing.tracks import Track

LIMITS = Limits(min_mapped_share=0.8, min_move_rate_hz=3, max_outside_share=0.5, min_frames_shown_share=0.8)
GOOD = TrackFacts(mapped_share=1.0, move_rate_hz=60, outside_share=0.0, frames_shown_share=1.0)


def facts_of(t_us, x=10.0, shown=range(60), moves=None):
    t = np.array(t_us, dtype=np.int64)
    track = Track("a", t, np.full(len(t), x), np.full(len(t), 10.0))
    return track_facts(
        track,
        moves_us=t if moves is None else np.array(moves, dtype=np.int64),
        frames_presented=np.array(shown),
        frames=60,
        fps=Fraction(30),
        width=100,
        height=50,
    )


def test_a_whole_track_has_nothing_against_it():
    facts = facts_of(range(0, 2_000_000, 10_000))
    assert facts.mapped_share > 0.99
    assert facts.move_rate_hz == 100
    assert reasons_against(facts, LIMITS) == []


def test_a_track_without_samples_is_nowhere():
    facts = facts_of([], shown=[])
    assert (facts.mapped_share, facts.move_rate_hz, facts.outside_share) == (0, 0, 1)
    assert {reason["code"] for reason in reasons_against(facts, LIMITS)} == {
        "too_little_mapped",
        "too_few_samples",
        "too_much_outside",
        "too_few_frames_shown",
    }


def test_rests_alone_are_too_few_samples_however_many():
    resting = facts_of(range(0, 2_000_000, 10_000), moves=[0, 500_000, 1_000_000, 1_000_000, 2_500_000])
    assert resting.move_rate_hz == 1.5
    assert [reason["code"] for reason in reasons_against(resting, LIMITS)] == ["too_few_samples"]


def test_samples_after_the_end_do_not_stretch_the_track():
    assert facts_of([0, 500_000, 2_500_000]).mapped_share == 0.25


def test_half_the_frames_shown_are_half_whatever_the_repeats():
    assert facts_of([0], shown=[*range(0, 60, 2), 0, 0, 99]).frames_shown_share == 0.5


def test_positions_left_of_the_picture_are_outside():
    assert facts_of([0, 10], x=-0.1).outside_share == 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_rule_speaks_exactly_below_its_threshold_and_says_both_numbers(seen, threshold):
    facts = TrackFacts(seen, GOOD.move_rate_hz, GOOD.outside_share, GOOD.frames_shown_share)
    limits = Limits(threshold, 3, 0.5, 0.8)
    reasons = reasons_against(facts, limits)
    assert [r["code"] for r in reasons] == (["too_little_mapped"] if seen < threshold else [])
    if reasons:
        assert reasons[0]["threshold"] == threshold
