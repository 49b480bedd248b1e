"""Which window of a clip a configured network sees."""

from __future__ import annotations

from dataclasses import replace

from training import sound
from training.config import NetworkConfig
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
