import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processing.errors import BadInput
from processing.splits import AIM24_SHARES, part_sizes, split_report, stratified_split


def clips(count, seed=0):
    rng = np.random.default_rng(seed)
    return [f"clip_{index:04d}" for index in range(count)], rng.normal(size=(count, 2))


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (3, (1, 1, 1)),
        (4, (2, 1, 1)),
        (5, (3, 1, 1)),
        (6, (4, 1, 1)),
        (7, (5, 1, 1)),
        (12, (8, 2, 2)),
        (13, (9, 2, 2)),
        (15, (10, 2, 3)),
        (1500, (1000, 200, 300)),
    ],
)
def test_sizes_follow_the_largest_remainder_and_no_part_is_empty(count, expected):
    assert tuple(part_sizes(count).values()) == expected


@settings(max_examples=60, deadline=None)
@given(count=st.integers(3, 120), seed=st.integers(0, 1000))
def test_every_clip_lands_in_exactly_one_part_of_the_promised_size(count, seed):
    names, features = clips(count, seed)
    parts = stratified_split(names, features, seed=seed)
    assert sorted(name for members in parts.values() for name in members) == names
    assert {part: len(members) for part, members in parts.items()} == part_sizes(count)


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(3, 60))
def test_the_order_of_the_input_changes_nothing(shuffler, count):
    names, features = clips(count)
    features = features.round(1)  # many equal values
    order = list(range(count))
    shuffler.shuffle(order)
    shuffled = stratified_split([names[i] for i in order], features[order], seed=7)
    assert shuffled == stratified_split(names, features, seed=7)


def test_another_seed_gives_another_split_and_the_same_seed_the_same():
    names, features = clips(60)
    splits = [stratified_split(names, features, seed=seed) for seed in (1, 1, 2)]
    assert splits[0] == splits[1] != splits[2]


def test_parts_are_alike_in_content_more_than_by_chance():
    names, features = clips(300)

    def unlikeness(parts):
        report = split_report(parts, names, features, ["si", "ti"])
        return max(entry["ks"] for part in report.values() for entry in part["features"].values())

    by_content = unlikeness(stratified_split(names, features, seed=3))
    by_chance = []
    for seed in range(20):
        shuffled = random.Random(seed).sample(names, len(names))
        by_chance.append(
            unlikeness(
                {"train": shuffled[:200], "public_test": shuffled[200:240], "private_test": shuffled[240:]}
            )
        )
    assert by_content < np.quantile(by_chance, 0.25)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 500), count=st.integers(6, 80), sources=st.integers(3, 20))
def test_clips_of_one_source_stay_together_and_no_part_is_empty(seed, count, sources):
    names, features = clips(count, seed)
    groups = [f"source {i % min(sources, count)}" for i in range(count)]
    parts = stratified_split(names, features, seed=seed, groups=groups)
    source_of = dict(zip(names, groups, strict=True))
    homes = {}
    for part, members in parts.items():
        assert members
        for name in members:
            assert homes.setdefault(source_of[name], part) == part


def test_one_huge_source_goes_to_the_large_part():
    names, features = clips(30)
    groups = ["film" if i < 15 else f"own {i}" for i in range(30)]
    parts = stratified_split(names, features, seed=0, groups=groups)
    assert set(names[:15]) <= set(parts["train"])
    assert {part: len(members) for part, members in parts.items()} == part_sizes(30)


def test_report_gives_counts_shares_and_distributions():
    names, features = clips(15)
    report = split_report(stratified_split(names, features, seed=0), names, features, ["si", "ti"])
    assert [report[part]["clips"] for part in AIM24_SHARES] == [10, 2, 3]
    assert set(report["train"]["features"]) == {"si", "ti"}
    assert report["train"]["features"]["si"]["min"] <= report["train"]["features"]["si"]["median"]


@pytest.mark.parametrize(
    ("names", "features", "options", "message"),
    [
        (["a", "b"], np.zeros((2, 2)), {}, "at least 3"),
        (["a", "b", "b"], np.zeros((3, 2)), {}, "named twice: b"),
        (["a", "b", "c"], np.array([[0.0], [np.nan], [1.0]]), {}, "features of b are not finite"),
        (["a", "b", "c"], np.zeros((2, 2)), {}, "one row of features a clip"),
        (["a", "b", "c"], np.zeros((3, 2)), {"groups": ["x", "x", "y"]}, "2 sources"),
        (["a", "b", "c"], np.zeros((3, 2)), {"shares": {"p": Fraction(1, 3)}}, "add up to 1"),
    ],
)
def test_what_cannot_be_split_is_said_in_one_line(names, features, options, message):
    with pytest.raises(BadInput, match=message):
        stratified_split(names, features, seed=0, **options)
