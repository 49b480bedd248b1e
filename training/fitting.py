"""Centre priors in closed form from training clips: one for all times, or one for each span of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from processing.errors import BadInput
from training.clips import Clip, ClipSet
from training.config.nets import CenterPriorNet, Net
from training.models import center_prior
from training.models.center_prior import Priors


def fitted_priors(net: Net, clips: ClipSet, skip_first_s: float = 0.0) -> Priors:
    """What a network of that shape is built upon: for each way up a density (h, w) on its map grid.

    Moments of a clip before `skip_first_s` do not count. Raises BadInput when nobody looked after that in any clip.

    A centre prior divided at E times gets (E + 1, h, w): people begin at the centre and leave it, so the first
    second has a map of its own. Of maps that know the time alone, the means of each span have the least mean
    Kullback-Leibler divergence. A span that no training clip reaches has the mean of all times.
    """
    grids = clips.grids(net.map_stride)
    learnt = [part for clip in clips.clips if (part := _between(clip, skip_first_s, np.inf)) is not None]
    if not learnt:
        raise BadInput(
            f"nobody looked in any clip from data.skip_first_s = {skip_first_s:g} on: lower it, or take longer clips"
        )
    clips = replace(clips, clips=learnt)
    always = center_prior.fit(clips.mean_maps(net.map_stride), grids)
    if not isinstance(net, CenterPriorNet) or not net.edges_s:
        return always
    spans = []
    for begin_s, end_s in pairwise([-np.inf, *net.edges_s, np.inf]):
        within = {
            clip.name: (clip.orientation, part.mean_density(grids[clip.orientation]))
            for clip in clips.clips
            if (part := _between(clip, begin_s, end_s)) is not None
        }
        spans.append(center_prior.fit(within, grids) if within else always)
    return {stands: np.stack([span[stands] for span in spans]) for stands in grids}


def _between(clip: Clip, begin_s: float, end_s: float) -> Clip | None:
    """The moments of a clip in [begin, end), or None when nobody looked in them."""
    inside = (clip.seconds >= begin_s) & (clip.seconds < end_s)
    points: Sequence = [own for own, kept in zip(clip.points, inside, strict=True) if kept]
    if not any(len(own) for own in points):
        return None
    return replace(clip, seconds=clip.seconds[inside], points=points, pictures=None)
