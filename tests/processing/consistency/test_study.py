import dataclasses
import json
from fractions import Fraction

import numpy as np
import pytest

from processing.coarse import Positions
from processing.consistency.study import consistency, positions_under
from processing.errors import BadInput
from processing.recipe import Recipe
from processing.tracks import Track

SIZE = (96, 64)


def crowd(people, *, spread, seed=0, instants=60):
    """Observers who all look near one moving place, each with an error of his own at each instant."""
    rng = np.random.default_rng(seed)
    shared = np.array([48 + 25 * np.sin(np.arange(instants) / 9), 32 + 15 * np.cos(np.arange(instants) / 7)])
    x, y = shared[:, None] + rng.normal(0, spread, (2, people, instants))
    return Positions(tuple(f"o{number:02d}" for number in range(people)), x, y)


def ask(positions, **settings):
    return consistency(positions, size=SIZE, sigma_px=6.0, **{"replicates": 40, **settings})


def test_agreement_grows_with_observers_as_both_laws_say():
    found = ask(crowd(24, spread=8))
    assert (np.diff(found.agreement) > 0).all()
    assert found.spearman_brown.at(found.sizes) == pytest.approx(found.agreement, abs=0.04)
    assert found.power_law.at(found.sizes) == pytest.approx(found.agreement, abs=0.04)
    assert found.r1.low < found.r1.value < found.r1.high
    assert found.split_half.low < found.split_half.value < found.split_half.high
    for name, own in found.power_law_parameters.items():
        assert own.value == getattr(found.power_law, name)
        assert own.low <= own.high and own.low - 0.2 < own.value < own.high + 0.2
    assert set(found.document()["power_law"]) == {"a", "b", "c"}
    assert set(found.document()["power_law"]["c"]) == {"value", "low", "high"}


def test_what_few_observers_promise_many_keep():
    few, many = ask(crowd(16, spread=10), wanted=0.85), ask(crowd(200, spread=10), replicates=0)
    promised = few.spearman_brown.at(np.array([100.0]))[0]
    assert many.split_half.value == pytest.approx(promised, abs=0.05)
    assert few.more == max(0, int(np.ceil(few.needed.value)) - 16)


def test_a_crowd_that_scatters_needs_more():
    close, wide = ask(crowd(16, spread=4)), ask(crowd(16, spread=20))
    assert close.split_half.value > wide.split_half.value
    assert close.document()["ceiling"]["value"] > wide.document()["ceiling"]["value"]
    assert wide.more > close.more


def test_the_document_is_json_and_says_what_was_wanted():
    found = ask(crowd(9, spread=8), wanted=0.99)
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert document["wanted"] == 0.99
    assert document["more"] == found.more > 0
    assert set(document["leave_one_out"]["by_observer"]) == set(found.observers)


def test_the_order_of_observers_changes_no_interval():
    seen = crowd(8, spread=8)
    tracks = [
        Track(name, np.arange(60) * 80_000, seen.x_px[row].clip(0, 95), seen.y_px[row].clip(0, 63))
        for row, name in enumerate(seen.observers)
    ]
    settings = {"duration_s": Fraction(4), "width": 96, "height": 64}
    once, again = (
        ask(positions_under(some, Recipe(lag_ms=0), **settings)).document() for some in (tracks, tracks[::-1])
    )
    assert once == again


def test_the_lag_of_the_recipe_is_taken_off():
    times = np.arange(0, 3_000_001, 10_000)
    track = Track("a", times, times / 1e5, np.full(len(times), 5.0))
    seen = positions_under([track], Recipe(), duration_s=Fraction(1), width=96, height=64)
    assert seen.x_px[0, 0] == pytest.approx(3)
    assert seen.x_px.shape == (1, 13)


@pytest.mark.parametrize("wanted", [0.0, 1.0, float("nan")])
def test_an_agreement_that_nobody_can_want_is_refused(wanted):
    with pytest.raises(BadInput, match="cannot be wanted"):
        ask(crowd(8, spread=8), wanted=wanted)


def test_a_seed_below_nothing_is_refused():
    with pytest.raises(BadInput, match="a seed cannot be -1"):
        ask(crowd(8, spread=8), seed=-1)


def test_too_few_or_never_together_is_refused():
    with pytest.raises(BadInput, match="3 observers are too few"):
        ask(crowd(3, spread=8))
    seen = crowd(8, spread=8, instants=8)
    apart = np.where(np.eye(8, dtype=bool), seen.x_px, np.nan)
    with pytest.raises(BadInput, match="at the same time"):
        ask(dataclasses.replace(seen, x_px=apart, y_px=apart))
