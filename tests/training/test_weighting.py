"""Hard clips weigh more, on average nothing does, and the state can be kept."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.weighting import EasyHard

ALL = torch.arange(4)


def updated(sims: list[float], gain: float = 1.0) -> EasyHard:
    kept = EasyHard(len(sims), gain=gain)
    kept.update(
        torch.arange(len(sims)), torch.tensor(sims)[:, None], torch.ones(len(sims), 1, dtype=torch.bool)
    )
    return kept


def test_nothing_weighs_more_before_anything_was_seen() -> None:
    torch.testing.assert_close(EasyHard(4).weights(ALL), torch.ones(4))


@settings(max_examples=50, deadline=None)
@given(sims=st.lists(st.floats(0.01, 1), min_size=1, max_size=20), gain=st.floats(0, 4))
def test_weights_have_mean_1_fall_with_sim_and_stay_within_the_gain(sims: list[float], gain: float) -> None:
    weights = updated(sims, gain).all_weights()
    torch.testing.assert_close(weights.mean(), torch.tensor(1.0))
    order = torch.tensor(sims).argsort()
    assert (weights[order].diff() <= 1e-6).all()
    assert weights.max() <= weights.min() * (1 + gain) + 1e-5


def test_a_clip_at_half_the_median_weighs_half_as_much_again() -> None:
    weights = updated([0.6, 0.3, 0.6, 0.9, 0.6]).all_weights()
    torch.testing.assert_close(weights / weights[0], torch.tensor([1, 1.5, 1, 1, 1]))


def test_the_average_moves_by_valid_maps_alone() -> None:
    kept = EasyHard(2, decay=0.9)
    valid = torch.tensor([[True, False], [True, True]])
    kept.update(torch.tensor([0, 0]), torch.tensor([[0.3, 9.0], [0.6, 0.6]]), valid)
    torch.testing.assert_close(kept.tensors()["sim"], torch.tensor([0.5, 0]))
    kept.update(torch.tensor([0, 1]), torch.tensor([[0.0, 0.0], [0.4, 0.4]]), valid)
    torch.testing.assert_close(kept.tensors()["sim"], torch.tensor([0.45, 0.4]))
    kept.update(torch.tensor([1]), torch.tensor([[torch.nan]]), torch.tensor([[False]]))
    torch.testing.assert_close(kept.tensors()["sim"], torch.tensor([0.45, 0.4]))


def test_the_state_comes_back() -> None:
    kept = updated([0.2, 0.5, 0.7, 0.9])
    again = EasyHard(4)
    again.restore(kept.tensors())
    torch.testing.assert_close(again.weights(ALL), kept.weights(ALL), rtol=0, atol=0)
