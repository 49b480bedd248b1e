"""Clips kept out of training, and how well they are predicted on the way."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from statistics import fmean

import torch
from torch import Tensor
from torch.func import functional_call

from processing.errors import BadInput
from training import device as devices
from training import losses, memory, targets
from training.batches import even_batches
from training.clips import ClipSet
from training.config import NetworkConfig
from training.grid import Grid
from training.models import Model
from training.seeing import window_of

Scores = dict[str, float]


def divided(clips: ClipSet, share: float) -> tuple[ClipSet, ClipSet | None]:
    """Clips to train on, and those kept out: those whose name's hash is the least, about that share of them.

    None is kept out when the share is 0 or there is one clip only; else at least one, and one is left. Which ones
    depends on the names alone, so that runs on the same release keep the same ones out.
    """
    names = sorted((clip.name for clip in clips.clips), key=_rank)
    if not share or len(names) == 1:
        return clips, None
    count = min(max(round(share * len(names)), 1), len(names) - 1)
    return clips.only(names[count:]), clips.only(names[:count])


@torch.no_grad()
def validate(
    model: Model,
    weights: Mapping[str, Tensor],
    clips: ClipSet,
    config: NetworkConfig,
    device: torch.device,
) -> Scores:
    """CC, SIM, NSS and KLD of the model with these weights, on the same windows each time; clips weigh alike.

    Raises `BadInput` when nobody looked in any of them, and when a batch does not fit into memory.
    """
    found = memory.or_refused(
        lambda: _by_clip(model, weights, clips, config, device),
        lambda: memory.training_refusal(config, device, config.train.batch // 2, tried=False),
    )
    if not any(found["cc"].values()):
        raise BadInput(
            "nobody looked in any window of the clips kept out for validation: raise train.validation_share or "
            "train.validation_windows"
        )
    return {
        name: fmean(fmean(values) for values in of_clips.values() if values)
        for name, of_clips in found.items()
    }


def _by_clip(
    model: Model,
    weights: Mapping[str, Tensor],
    clips: ClipSet,
    config: NetworkConfig,
    device: torch.device,
) -> dict[str, dict[int, list[float]]]:
    """Each score of every valid map, by clip."""
    found: dict[str, dict[int, list[float]]] = {
        name: defaultdict(list) for name in ("cc", "sim", "nss", "kld")
    }
    model.eval()
    loop = config.train
    for drawn in even_batches(
        clips, window_of(config), batch=loop.batch, windows_per_clip=loop.validation_windows
    ):
        batch = drawn.tensors(device)
        with devices.precision(device, config):
            log_p = functional_call(
                model, dict(weights), (batch.pictures, batch.seconds, batch.orientation, batch.sound)
            ).float()
        counts, density = targets.render(batch, Grid(*log_p.shape[-2:]), device)
        measured = {
            "cc": losses.cc(log_p, density),
            "sim": losses.sim(log_p, density),
            "nss": losses.nss(log_p, counts),
            "kld": losses.kld(log_p, density),
        }
        for name, values in measured.items():
            for clip, valid, of_clip in zip(drawn.clips.tolist(), batch.valid, values, strict=True):
                found[name][clip] += of_clip[valid].tolist()
    return found


def _rank(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
