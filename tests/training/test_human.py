"""References of people: what halves and single observers say, the ceiling, and what a release can tell."""

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from processing.consistency.agreement import MapCovariances, leave_one_out, random_groups
from processing.consistency.study import positions_under
from processing.errors import BadInput
from processing.layouts import open_dataset
from processing.recipe import Recipe
from processing.recordings import Recordings
from processing.tracks import Track
from training import human

WIDTH, HEIGHT, SECONDS = 320, 180, 3
RECIPE = Recipe.from_mapping({"lag_ms": 0, "sigma_share": 0.05})


def watched(spread: float, observers: int = 8, seed: int = 0) -> Recordings:
    """A spot that wanders; observers are `spread` of the width away from it, each in an own direction."""
    rng = np.random.default_rng(seed)
    t_us = np.arange(-100_000, SECONDS * 1_000_000 + 100_000, 20_000)
    turn = 2 * np.pi * t_us / 2e6
    tracks = []
    for number in range(observers):
        off = spread * WIDTH * rng.normal(size=(2, 1)) + rng.normal(size=(2, len(t_us)))
        x = np.clip(160 + 60 * np.cos(turn) + off[0], 0, WIDTH - 1)
        y = np.clip(90 + 40 * np.sin(turn) + off[1], 0, HEIGHT - 1)
        tracks.append(Track(f"o{number}", t_us, x, y))
    return Recordings("spot", "", WIDTH, HEIGHT, Fraction(SECONDS), tracks, [])


@pytest.fixture(scope="module")
def close() -> human.References:
    return human.of_recordings(watched(0.01), RECIPE)


def test_observers_who_agree_have_references_near_the_best(close: human.References) -> None:
    far = human.of_recordings(watched(0.15), RECIPE)
    assert close.observers == far.observers == 8
    for which in ("split_half", "leave_one_out"):
        near, apart = getattr(close, which), getattr(far, which)
        for name in ("cc", "sim", "nss", "auc"):
            assert getattr(near, name) > getattr(apart, name)
    assert close.split_half.cc > 0.95 and close.split_half.sim > 0.85 and close.split_half.auc > 0.95
    assert far.ceiling_cc < close.ceiling_cc < 1


def test_the_ceiling_follows_from_the_halves(close: human.References) -> None:
    r = close.split_half.cc
    assert close.ceiling_cc == pytest.approx(math.sqrt(2 * r / (1 + r)))


def test_groups_agree_as_consistency_finds() -> None:
    clip = watched(0.08)
    positions = positions_under(clip.hands, RECIPE, duration_s=Fraction(SECONDS), width=WIDTH, height=HEIGHT)
    covariances = MapCovariances.at(positions, size=(WIDTH, HEIGHT), sigma_px=RECIPE.sigma_for(WIDTH, HEIGHT))
    halves = random_groups(np.ones(8), [4], 10, np.random.default_rng(0))
    ours = human.of_recordings(clip, RECIPE, repeats=10, seed=0)
    expected = covariances.agreement(halves.one, halves.other).mean()
    assert ours.split_half.cc == pytest.approx(float(expected), abs=1e-4)
    assert ours.leave_one_out.cc == pytest.approx(float(leave_one_out(covariances).mean()), abs=1e-4)


def test_the_same_seed_gives_the_same_halves(close: human.References) -> None:
    assert human.of_recordings(watched(0.01), RECIPE) == close
    assert human.of_recordings(watched(0.01), RECIPE, seed=1).split_half != close.split_half


def test_three_observers_are_too_few() -> None:
    with pytest.raises(BadInput, match="spot: 3 observers are too few to be divided"):
        human.of_recordings(watched(0.01, observers=3), RECIPE)


def test_a_release_tells_what_its_builds_found(spot_release: Path) -> None:
    consistencies = {
        "alpha": {
            "observers": 12,
            "split_half": {"value": 0.8, "low": 0.7, "high": 0.9},
            "leave_one_out": {"mean": 0.5},
        },
        "beta": {"reason": "3 observers are too few to be divided"},
    }
    clips = {name: {"report": {"consistency": found}} for name, found in consistencies.items()}
    (spot_release / "provenance.json").write_text(json.dumps({"clips": clips}))
    dataset = open_dataset(spot_release)
    alpha, beta, tall = human.of_release(dataset, "train")
    assert (alpha.observers, alpha.split_half.cc, alpha.leave_one_out.cc) == (12, 0.8, 0.5)
    assert alpha.ceiling_cc == pytest.approx(math.sqrt(1.6 / 1.8))
    assert beta.reason == "3 observers are too few to be divided"
    assert "does not say how well its observers agree" in tall.reason
    assert human.released_agreement(dataset) == {"alpha": 0.8}


def test_a_release_of_others_says_nothing(spot_release: Path) -> None:
    dataset = open_dataset(spot_release)
    document = human.table(human.of_release(dataset, "train"))
    assert document["mean"]["ceiling"] == {"cc": None, "sim": None, "nss": None, "auc": None}
    assert all("does not say" in clip["reason"] for clip in document["clips"])
    with pytest.raises(BadInput, match="no clips in its part 'private_test'"):
        human.of_release(dataset, "private_test")


def test_the_mean_leaves_out_clips_of_which_nothing_is_known(close: human.References) -> None:
    document = human.table([close, human.References("mute", None, reason="nobody knows")])
    assert document["mean"]["split_half"]["cc"] == round(close.split_half.cc, 4)
    assert json.loads(json.dumps(document))["clips"][1]["split_half"]["sim"] is None
