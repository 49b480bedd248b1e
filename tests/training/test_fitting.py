"""Centre priors divided by the time since the start."""

import numpy as np
import pytest
import torch

from processing.errors import BadInput
from training import config as configs
from training.clips import ClipSet
from training.config.nets import CenterPriorNet, NetConfig
from training.fitting import fitted_priors
from training.grid import Orientation
from training.models import build_net, center_prior
from training.models.prior_logits import moments
from training.train import untrained

EDGE_S = 0.55


def test_each_span_has_the_mean_of_its_own_moments(spot_clips: ClipSet) -> None:
    net = CenterPriorNet(edges_s=(EDGE_S, 100.0))
    priors = fitted_priors(net, spot_clips)
    grids = spot_clips.grids(net.map_stride)
    wide = [clip for clip in spot_clips.clips if clip.orientation is Orientation.LANDSCAPE]
    early, late, never = priors[Orientation.LANDSCAPE]
    for density, chosen in ((early, slice(0, 6)), (late, slice(6, None))):
        centres = [np.concatenate(clip.points[chosen]).mean(0) / np.array(clip.picture) for clip in wide]
        mean, _ = moments(density)
        np.testing.assert_allclose(mean, np.mean(centres, axis=0), atol=0.03)
    always = fitted_priors(NetConfig(), spot_clips)[Orientation.LANDSCAPE]
    np.testing.assert_allclose(never, always)
    assert early.shape == tuple(grids[Orientation.LANDSCAPE])


def test_the_model_takes_the_map_of_each_moments_span(spot_clips: ClipSet) -> None:
    net = CenterPriorNet(edges_s=(EDGE_S,))
    priors = fitted_priors(net, spot_clips)
    model = build_net(net, priors)
    seconds = torch.tensor([[0.0, EDGE_S - 0.01, EDGE_S], [9.0, 0.2, 0.6]])
    maps = model(torch.empty(2, 3, 0), seconds, Orientation.PORTRAIT).exp().numpy()
    for row, spans in enumerate([(0, 0, 1), (1, 0, 1)]):
        for col, span in enumerate(spans):
            np.testing.assert_allclose(
                maps[row, col], priors[Orientation.PORTRAIT][span], rtol=2e-3, atol=1e-5
            )


def test_a_divided_prior_loads_into_a_model_that_was_built_without_clips(spot_clips: ClipSet) -> None:
    net = CenterPriorNet(edges_s=(EDGE_S,))
    fitted = build_net(net, fitted_priors(net, spot_clips))
    blank = {stands: np.full(grid, 1 / np.prod(grid)) for stands, grid in spot_clips.grids(2).items()}
    other = build_net(net, blank)
    other.load_state_dict(fitted.state_dict())
    assert torch.equal(other.prior.density(Orientation.SQUARE), fitted.prior.density(Orientation.SQUARE))


def test_without_a_division_it_is_the_fitted_mean(spot_clips: ClipSet) -> None:
    plain = fitted_priors(CenterPriorNet(), spot_clips)
    expected = center_prior.fit(spot_clips.mean_maps(2), spot_clips.grids(2))
    for stands, prior in plain.items():
        np.testing.assert_array_equal(prior, expected[stands])


def test_moments_that_are_skipped_do_not_count(spot_clips: ClipSet) -> None:
    net = CenterPriorNet(edges_s=(EDGE_S,))
    early, late = fitted_priors(net, spot_clips)[Orientation.LANDSCAPE]
    kept = fitted_priors(CenterPriorNet(), spot_clips, EDGE_S)[Orientation.LANDSCAPE]
    np.testing.assert_allclose(kept, late, rtol=1e-9)
    assert not np.allclose(kept, early)
    with pytest.raises(BadInput, match=r"nobody looked in any clip from data.skip_first_s = 5 on: lower it"):
        fitted_priors(net, spot_clips, 5.0)


@pytest.mark.parametrize("model", ["center_prior", "tiny_lite2d"])
def test_a_run_fits_its_prior_to_the_moments_that_it_trains_on(model: str, spot_clips: ClipSet) -> None:
    whole = untrained(configs.load(model), spot_clips).state_dict()
    skipping = untrained(configs.load(model, [f"data.skip_first_s={EDGE_S}"]), spot_clips).state_dict()
    assert any(not torch.equal(whole[name], skipping[name]) for name in whole)


def test_edges_have_to_rise() -> None:
    with pytest.raises(ValueError, match="edges_s has to rise"):
        CenterPriorNet(edges_s=(2.0, 1.0))
