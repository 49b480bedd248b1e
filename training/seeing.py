"""Which window of a clip a configured network sees, and whether the kept pictures are enough for it."""

from __future__ import annotations

from dataclasses import replace

from processing.errors import BadInput
from training import sound
from training.config import CenterPriorConfig, Config, NetworkConfig
from training.config.nets import AvGateNet, NetConfig
from training.windows import Window


def window_of(config: NetworkConfig) -> Window:
    """The window of training and of prediction alike."""
    net = config.net
    window = Window.lagged(net.lags_s) if isinstance(net, NetConfig) else Window.dense(net.frames, net.step_s)
    return replace(
        window,
        jitter=config.augment.stride,
        skip_first_s=config.data.skip_first_s,
        sound_before_s=sound.LEAD_S if isinstance(net, AvGateNet) else None,
    )


def require_enough_pictures(config: Config) -> None:
    """Raise `BadInput` where windows would show a picture twice for want of others.

    For new runs alone: what a run learnt in another way it goes on with, and predicts.
    """
    if isinstance(config, CenterPriorConfig):
        return
    window, kept_every_s = window_of(config), config.data.frame_step_s
    if window.repeats(kept_every_s):
        raise BadInput(
            f"data.frame_step_s = {kept_every_s:g} keeps too few pictures for windows whose pictures come as near as "
            f"{window.least_gap_s:g} s: set it to that or less, or raise the distance, or lower augment.stride"
        )
