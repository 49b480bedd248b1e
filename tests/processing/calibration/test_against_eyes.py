from fractions import Fraction

import numpy as np
import pytest

from processing.calibration import summary
from processing.calibration.against_eyes import HandsAndEyes
from processing.calibration.search import Search
from processing.errors import BadInput
from processing.recipe import Recipe
from processing.recordings import Recordings
from processing.tracks import Track

pytestmark = pytest.mark.long

QUICK = Search(sigma_shares=(0.02, 0.03, 0.045), replicates=24)


def clip(eyes, hands, name="clip", group="", seconds=8):
    return Recordings(name, group, 720, 576, Fraction(seconds), hands, eyes)


def curves(recordings, search=QUICK, reference_lag=30):
    return HandsAndEyes(recordings, Recipe(), search).curves(reference_lag)


@pytest.mark.parametrize("delay_ms", [100, 300, 500])
def test_the_lag_of_hands_made_from_eyes_is_recovered(people, delay_ms):
    eyes, hands, true_ms = people("abcde", delay_ms)
    found = curves(clip(eyes, hands))
    for measure, best in summary.best(found, QUICK).items():
        assert abs(best["lag_ms"]["value"] - true_ms) < 20, measure
    by_cc = summary.best(found, QUICK)["cc"]["lag_ms"]
    assert by_cc["low"] < true_ms < by_cc["high"]


def test_viewers_who_are_held_out_say_nearly_the_same(people):
    eyes, hands, true_ms = people("abcdef", 250)
    found = curves(clip(eyes, hands))
    held_out = summary.held_out(found, QUICK)["cc"]
    assert abs(held_out["lag_ms"]["value"] - true_ms) < 40
    assert held_out["value"] < summary.best(found, QUICK)["cc"]["value"]
    strangers, _, _ = people("uvw", 250)
    assert summary.held_out(curves(clip(strangers, hands)), QUICK) is None


def test_sigma_by_cc_is_that_of_the_eyes_when_hands_are_eyes(people):
    eyes, _, _ = people("abcd", 0)
    search = Search(sigma_shares=(0.015, 0.02, 0.03, 0.045, 0.06), replicates=0)
    best = summary.best(curves(clip(eyes, eyes), search, reference_lag=0), search)["cc"]
    assert best["sigma_share"]["value"] == pytest.approx(0.03, abs=0.003)
    assert best["lag_at_edge"]
    assert best["lag_ms"] == {"value": 0, "low": None, "high": None}


def test_the_order_of_people_changes_nothing(people):
    eyes, hands, _ = people("abc", 200)
    search = Search(sigma_shares=(0.03,), replicates=5)
    once, again = curves(clip(eyes, hands), search), curves(clip(eyes[::-1], hands[::-1]), search)
    for name in ("by_lag", "by_sigma", "held_out"):
        assert np.array_equal(getattr(once, name).replicates, getattr(again, name).replicates, equal_nan=True)


def test_clips_together_are_the_mean_of_their_curves(people):
    search = Search(sigma_shares=(0.03,), replicates=5)
    one, other = (curves(clip(*people("abc", 200, scene=scene)[:2]), search) for scene in (0, 1))
    both = summary.together([one, other])
    np.testing.assert_allclose(both.by_lag.curve, (one.by_lag.curve + other.by_lag.curve) / 2)
    assert both.instants == one.instants + other.instants
    rows = summary.curve_rows({("all", "both"): both}, search)
    assert len(rows) == 3 * len(search.lags_ms)


def test_hands_that_end_with_the_clip_are_compared_where_every_lag_has_them(people):
    eyes, hands, true_ms = people("abcd", 300)
    cut = [
        Track(
            own.observer, own.t_us[own.t_us < 8e6], *(axis[own.t_us < 8e6] for axis in (own.x_px, own.y_px))
        )
        for own in hands
    ]
    search = Search(sigma_shares=(0.03,), replicates=0)
    found = curves(clip(eyes, cut), search)
    assert found.instants < curves(clip(eyes, hands), search).instants
    assert abs(summary.best(found, search)["cc"]["lag_ms"]["value"] - true_ms) < 20


def test_hands_and_eyes_that_hardly_meet_are_refused(people):
    eyes, hands, _ = people("abc", 300, seconds=0.8)
    with pytest.raises(BadInput, match="are together for"):
        HandsAndEyes(clip(eyes, hands, seconds=1), Recipe(), QUICK)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"lag_step_ms": 7}, "does not divide"),
        ({"lag_max_ms": 10}, "nothing to choose"),
        ({"sigma_shares": ()}, "at least one"),
        ({"sigma_shares": (0.03, 0.02)}, "least to the greatest"),
        ({"sigma_shares": (57.6,)}, "shares"),
        ({"replicates": -1}, "replicates"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(settings, complaint):
    with pytest.raises(BadInput, match=complaint):
        Search(**settings)
