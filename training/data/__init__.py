"""Training data for anybody's code: windows of pictures, sound and fixation points from a prepared cache.

`python -m training prepare` makes the cache from a release once; afterwards neither the release nor PyAV is needed::

    from pathlib import Path
    import torch
    from training.config import DataConfig
    from training.data import Sampler, Window, open_cache, prefetched
    from training.grid import Grid
    from training.targets import render

    clips = open_cache(Path("cache"), DataConfig(long_side=384, short_side=224, frame_step_s=0.2))
    sampler = Sampler(clips, window=Window.dense(16, 0.2), batch=8, windows_per_clip=4, seed=1)
    device = torch.device("cuda")
    for batch in prefetched(sampler, first=0, stop=sampler.steps_per_epoch):
        here = batch.tensors(device)                          # pictures (B, T, 3, H, W) in [0, 1]
        counts, density = render(here, Grid(56, 96), device)  # (B, K, h, w); density sums to 1 where here.valid

Batch n of a seed is always the same, whatever was drawn before.
"""

from training.batches import Batch, Sampler, even_batches, gather
from training.clips import Clip, ClipSet
from training.data.cache import open_cache
from training.data.prefetch import prefetched
from training.tensors import BatchTensors
from training.windows import Pick, Window

__all__ = [
    "Batch",
    "BatchTensors",
    "Clip",
    "ClipSet",
    "Pick",
    "Sampler",
    "Window",
    "even_batches",
    "gather",
    "open_cache",
    "prefetched",
]
