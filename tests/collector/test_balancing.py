from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from collector.balancing import Candidate, choose

candidates = st.lists(
    st.builds(Candidate, stimulus_id=st.integers(1, 50), valid=st.integers(0, 8), reserved=st.integers(0, 8)),
    max_size=30,
    unique_by=lambda c: c.stimulus_id,
)


@given(candidates, st.integers(1, 20), st.integers(1, 10), st.integers(0, 2**31))
def test_chosen_stimuli_are_distinct_still_needed_and_the_least_covered(rows, places, target, seed):
    chosen = choose(rows, places=places, target=target, seed=seed)
    by_id = {row.stimulus_id: row for row in rows}
    needed = [row for row in rows if row.valid < target]
    assert len(chosen) == len(set(chosen)) == min(places, len(needed))
    assert all(by_id[pk].valid < target for pk in chosen)
    left_out = [row.valid + row.reserved for row in needed if row.stimulus_id not in chosen]
    taken = [by_id[pk].valid + by_id[pk].reserved for pk in chosen]
    assert not left_out or not taken or max(taken) <= min(left_out)


@given(candidates, st.integers(0, 2**31), st.randoms())
def test_the_order_in_which_candidates_are_given_does_not_matter(rows, seed, random):
    shuffled = random.sample(rows, len(rows))
    assert choose(rows, places=5, target=5, seed=seed) == choose(shuffled, places=5, target=5, seed=seed)


def test_a_stimulus_whose_target_is_met_by_reservations_alone_is_offered_last():
    rows = [Candidate(1, valid=0, reserved=9), Candidate(2, valid=3, reserved=0)]
    assert choose(rows, places=1, target=5, seed=1) == [2]
    assert sorted(choose(rows, places=2, target=5, seed=1)) == [1, 2]


def test_many_observers_end_up_with_even_coverage():
    valid = Counter(dict.fromkeys(range(1, 11), 0))
    for seed in range(100):
        rows = [Candidate(pk, valid=count, reserved=0) for pk, count in valid.items()]
        valid.update(choose(rows, places=3, target=30, seed=seed))
    assert max(valid.values()) - min(valid.values()) <= 1
