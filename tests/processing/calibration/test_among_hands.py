from fractions import Fraction

import numpy as np
import pytest

from processing.calibration.among_hands import halves
from processing.calibration.search import Search
from processing.errors import BadInput
from processing.recipe import Recipe
from processing.recordings import Recordings
from processing.tracks import Track

SEARCH = Search(lag_max_ms=400, lag_step_ms=20, sigma_shares=(0.01, 0.03, 0.06, 0.12), replicates=5)


def clip(hands, seconds=8):
    return Recordings("clip", "", 720, 576, Fraction(seconds), hands, [])


def test_halves_agree_best_unshifted_and_a_late_hand_is_found(people):
    _, hands, _ = people("abcdefgh", 300, jitter_ms=0)
    late = hands[3]
    hands[3] = Track(late.observer, late.t_us + 120_000, late.x_px, late.y_px)
    found = halves(clip(hands), Recipe(), SEARCH)
    assert abs(found.shifts_ms[found.by_shift.curve[0].argmax()]) <= 40
    others = [shift for name, shift in found.own_shift_ms.items() if name != late.observer]
    assert found.own_shift_ms[late.observer] > max(others)
    assert found.own_shift_ms[late.observer] == pytest.approx(120, abs=50)
    assert found.by_sigma.replicates.shape == (5, 3, 4)


def test_a_lag_that_all_share_cannot_be_seen(people):
    found = [
        halves(clip(people("abcdef", delay_ms, jitter_ms=0)[1]), Recipe(), SEARCH).by_shift.curve.argmax(
            axis=1
        )
        for delay_ms in (100, 400)
    ]
    assert abs(found[0] - found[1]).max() <= 1


def test_too_few_or_never_together_is_refused(people):
    _, hands, _ = people("abcd", 300)
    with pytest.raises(BadInput, match="halves of 3"):
        halves(clip(hands[:3]), Recipe(), SEARCH)
    late = [Track(own.observer, own.t_us + 20_000_000, own.x_px, own.y_px) for own in hands]
    with pytest.raises(BadInput, match="at no time"):
        halves(clip(late), Recipe(), SEARCH)


def test_halves_that_never_meet_are_passed_over_or_refused(people):
    _, hands, _ = people("abcdef", 300)
    parts = [part_of(own, 0, 2.5) for own in hands[:5]] + [part_of(hands[5], 4, 8)]
    found = halves(clip(parts), Recipe(), SEARCH)
    assert np.isfinite(found.by_shift.curve).all() and np.isfinite(found.by_sigma.curve).all()
    apart = [part_of(own, 2 * number, 2 * number + 1.9) for number, own in enumerate(hands[:4])]
    with pytest.raises(BadInput, match="clip: no two halves"):
        halves(clip(apart), Recipe(), SEARCH)


def part_of(track, start_s, end_s):
    kept = (track.t_us >= start_s * 1e6) & (track.t_us < end_s * 1e6)
    return Track(track.observer, track.t_us[kept], track.x_px[kept], track.y_px[kept])
