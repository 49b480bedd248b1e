"""Arithmetic of the shuffled-audio test: nobody hears its own sound, gains are differences, intervals are honest."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.errors import BadInput
from training.gains import (
    FEWEST_CLIPS,
    NONE,
    OWN,
    SHUFFLED,
    Listened,
    estimate,
    groups,
    shuffled,
)

NAMES = st.lists(st.text("abcdef", min_size=1, max_size=5), min_size=2, max_size=30, unique=True)
VALUES = st.floats(-1, 1, allow_nan=False)


@given(names=NAMES, seed=st.integers(0, 2**32))
def test_every_sound_is_heard_once_and_never_with_its_own_clip(names: list[str], seed: int) -> None:
    others = shuffled(names, seed)
    assert sorted(others) == sorted(others.values()) == sorted(names)
    assert all(name != other for name, other in others.items())
    # One circle through all, so no two clips merely swap unless they are the only ones.
    seen, name = [], names[0]
    while name not in seen:
        seen.append(name)
        name = others[name]
    assert len(seen) == len(names)


@given(names=NAMES, seed=st.integers(0, 2**32))
def test_the_names_and_the_seed_decide_and_not_their_order(names: list[str], seed: int) -> None:
    assert shuffled(names[::-1], seed) == shuffled(names, seed)


def test_another_seed_gives_other_sounds() -> None:
    names = [f"clip{number}" for number in range(12)]
    assert len({tuple(sorted(shuffled(names, seed).items())) for seed in range(10)}) == 10


@pytest.mark.parametrize("names", [[], ["alone"]])
def test_fewer_than_two_clips_with_sound_cannot_be_shuffled(names: list[str]) -> None:
    with pytest.raises(BadInput, match=f"{len(names)} of the clips have sound"):
        shuffled(names, 0)


def listened(
    name: str, own: float | None, other: float | None, none: float, group: str | None = None
) -> Listened:
    return Listened(name, "x", group, {OWN: {"cc": own}, SHUFFLED: {"cc": other}, NONE: {"cc": none}})


@given(rows=st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_gains_are_differences_of_means_and_lie_within_their_interval(
    rows: list[tuple[float, float, float]], seed: int
) -> None:
    clips = [listened(str(place), *row) for place, row in enumerate(rows)]
    (everything,) = groups(clips, seed)
    own, other, none = np.mean(rows, axis=0)
    for over, mean in ((SHUFFLED, other), (NONE, none)):
        found = everything.gain[over]["cc"]
        assert found is not None
        assert found.value == pytest.approx(own - mean, abs=1e-9)
        assert everything.mean[over]["cc"] == pytest.approx(mean, abs=1e-9)
        if len(rows) < FEWEST_CLIPS:
            assert found.low is None and found.high is None
        else:
            assert found.low is not None and found.high is not None
            gains = [gain for clip in clips if (gain := clip.gain("cc", over)) is not None]
            assert min(gains) - 1e-9 <= found.low <= found.high <= max(gains) + 1e-9


@given(value=VALUES, count=st.integers(FEWEST_CLIPS, 12))
def test_clips_that_all_gain_alike_leave_no_doubt(value: float, count: int) -> None:
    found = estimate({str(place): value for place in range(count)}, 0)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((value, value), abs=1e-12)


def test_the_interval_holds_the_true_gain_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for turn in range(200):
        gains = rng.normal(0.1, 0.3, 40)
        found = estimate({f"{turn}-{place}": gain for place, gain in enumerate(gains.tolist())}, turn)
        assert found is not None and found.low is not None and found.high is not None
        held += found.low <= 0.1 <= found.high
    assert 0.89 < held / 200 < 0.99


def test_words_follow_the_lower_end_of_the_gain_over_another_clips_sound() -> None:
    def verdict(gains: list[float]) -> str:
        return groups([listened(str(n), 0.5 + gain, 0.5, 0.9) for n, gain in enumerate(gains)], 0)[0].verdict

    assert verdict([0.1] * FEWEST_CLIPS) == "sound helps"
    assert verdict([0.0] * FEWEST_CLIPS) == "sound is not shown to help"
    assert verdict([0.4, -0.3] * FEWEST_CLIPS) == "sound is not shown to help"
    assert verdict([0.1] * (FEWEST_CLIPS - 1)) == "too few clips to tell"


def test_groups_have_their_own_clips_and_all_has_those_without_a_group_too() -> None:
    clips = [
        listened("a", 0.4, 0.1, 0, "speech"),
        listened("b", 0.6, 0.3, 0, "speech"),
        listened("c", 0.5, 0.9, 0, "music"),
        listened("d", 0.5, 0.5, 0),
    ]
    found = {group.name: group for group in groups(clips, 0)}
    assert list(found) == ["all", "music", "speech"]
    assert [found[name].clips for name in found] == [4, 1, 2]
    values = [found[name].document()["gain"]["shuffled"]["cc"]["value"] for name in found]
    assert values == pytest.approx([0.05, -0.4, 0.3])


def test_a_clip_without_a_score_does_not_count_in_its_gain() -> None:
    clips = [listened("a", None, 0.1, 0), listened("b", 0.6, 0.2, 0), listened("c", 0.6, None, 0)]
    document = json.loads(json.dumps(groups(clips, 0)[0].document()))
    assert document["gain"]["shuffled"]["cc"] == {"value": 0.4, "low": None, "high": None}
    (silent,) = groups([listened("a", None, 0.1, 0)], 0)
    assert silent.document()["gain"]["none"]["cc"] is None
    assert silent.verdict == "too few clips to tell"
