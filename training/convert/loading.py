"""Pre-trained weights into the trunk of a network: every tensor accounted for, or nothing is loaded."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from processing.errors import BadInput
from training.convert.families import Family, convert, family_of
from training.convert.files import read_tensors
from training.convert.registry import find
from training.models import Model
from training.models.av_gate import AvGate
from training.models.lite2d import Lite2d
from training.models.lites3d import LiteS3d
from training.models.umt_hier import UmtHier
from training.models.vit import VideoTransformer, resized_positions

# Which families fit an encoder of each kind.
FITTING = {
    "umt": ("umt", "videomae-hf"),
    "internvideo2": ("internvideo2",),
    "vjepa2": ("vjepa2-hf",),
}


@dataclass(frozen=True)
class LoadReport:
    """What became of a checkpoint's tensors.

    loaded counts those that were taken. kept names parameters of the network that such files may lack, left
    the file's tensors that are not needed, resized those that were interpolated, with their number of
    positions before and after.
    """

    source: str
    family: str
    loaded: int
    kept: list[str]
    left: list[str]
    resized: list[tuple[str, int, int]]

    def __str__(self) -> str:
        grown = ", ".join(f"{name} {before} -> {after}" for name, before, after in self.resized)
        return (
            f"{self.source} ({self.family}): {self.loaded} tensors loaded, {len(self.left)} left out, "
            f"{len(self.kept)} kept as they begin; resized: {grown or 'none'}"
        )


def load_pretrained(model: Model, name_or_path: str) -> LoadReport:
    """Load a name of the registry or a local file into the model's trunk.

    Raises `BadInput`, before anything is changed, when the file is missing or damaged, belongs to a family
    or a size that the configured network does not have, lacks a tensor, or has one too many.
    """
    path = find(name_or_path)
    source = str(path)
    tensors = read_tensors(path)
    family = family_of(tensors, source)
    trunk = _trunk_for(model, family, source)
    converted = convert(family, tensors, source)
    target = trunk.state_dict()
    resized = _resize_positions(trunk, converted.tensors, target, source)
    kept = [name for name in target if name not in converted.tensors]
    lacking = [name for name in kept if not any(re.fullmatch(each, name) for each in family.absent)]
    if lacking:
        raise BadInput(f"{source} lacks {len(lacking)} tensors of the configured network, {lacking[0]} first")
    for name, tensor in converted.tensors.items():
        if name not in target:
            raise BadInput(
                f"{source} is deeper than the configured network, which has no {name}: set net.size to the file's"
            )
        if tensor.shape != target[name].shape:
            raise BadInput(
                f"{source}: {name} is {list(tensor.shape)} and not {list(target[name].shape)}: set the net's size, "
                "width, patch and tubelet to those of the file"
            )
    trunk.load_state_dict({**target, **converted.tensors})
    return LoadReport(source, family.name, len(converted.tensors), kept, converted.left, resized)


def _trunk_for(model: Model, family: Family, source: str) -> nn.Module:
    looking = model.visual if isinstance(model, AvGate) else model
    trunk: nn.Module | None = None
    fitting: tuple[str, ...] = ()
    if isinstance(looking, Lite2d):
        trunk, fitting = looking.trunk, ("torchvision-mobilenet_v2",)
    elif isinstance(looking, LiteS3d):
        trunk, fitting = looking.trunk, ("torchvision-s3d",)
    elif isinstance(looking, UmtHier):
        trunk, fitting = looking.encoder, FITTING[looking.encoder.family]
    if trunk is None:
        raise BadInput(f"{type(looking).__name__} takes no pre-trained weights: leave net.weights empty")
    if family.name not in fitting:
        raise BadInput(
            f"{source} is a checkpoint of {family.name}, and the configured network takes {' or '.join(fitting)}: "
            "choose another file, or for a transformer set net.encoder to the file's kind"
        )
    return trunk


def _resize_positions(
    trunk: nn.Module, tensors: dict[str, Tensor], target: dict[str, Tensor], source: str
) -> list[tuple[str, int, int]]:
    """Interpolate the positions in place where the file's grid is another one."""
    positions, wanted = tensors.get("pos_embed"), target.get("pos_embed")
    if positions is None or wanted is None or not isinstance(trunk, VideoTransformer):
        return []
    if positions.shape == wanted.shape or positions.shape[-1] != wanted.shape[-1]:
        return []
    own = 0 if trunk.cls_token is None else 1
    grid = _grid_of(positions.shape[1] - own, trunk.native, source)
    resized = resized_positions(positions[:, own:], grid, trunk.native)
    tensors["pos_embed"] = torch.cat([positions[:, :own], resized], dim=1)
    return [("pos_embed", positions.shape[1], wanted.shape[1])]


def _grid_of(tokens: int, native: tuple[int, int, int], source: str) -> tuple[int, int, int]:
    """The grid of a file's positions: the same pictures at other moments, or else other pictures at as many."""
    moments, rows, cols = native
    if tokens % (rows * cols) == 0:
        return tokens // (rows * cols), rows, cols
    side = math.isqrt(tokens // moments)
    if side * side * moments == tokens:
        return moments, side, side
    raise BadInput(
        f"{source}: {tokens} positions fit neither pictures of {rows} x {cols} patches nor windows of {moments} "
        "tokens: set net.frames, net.tubelet and net.patch to those of the file"
    )
