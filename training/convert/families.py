"""How the tensors of each public family of checkpoints are named, and what Cursal's networks call them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from processing.errors import BadInput

# Separate projections of queries, keys and values, in the order in which they are stacked.
PARTS = ("query", "key", "value")


@dataclass(frozen=True)
class Family:
    """One way of naming.

    mark: a tensor that only this family has. renames: patterns and what they become, the first that fits
    counts. left: patterns of what is not needed here, such as classifiers. absent: our names that files of
    this family may lack.
    """

    name: str
    mark: str
    renames: tuple[tuple[str, str], ...]
    left: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Converted:
    """Tensors under our names, and the names of those that were left out."""

    tensors: dict[str, Tensor]
    left: list[str]


_OWN_VIT = ((r"(?:encoder\.)?(patch_embed\.proj\.\w+|pos_embed|cls_token|blocks\..+)", r"\1"),)
_HF_PERCEPTRON = (
    (r"{}encoder\.layer\.(\d+)\.intermediate\.dense\.(\w+)", r"blocks.\1.mlp.fc1.\2"),
    (r"{}encoder\.layer\.(\d+)\.output\.dense\.(\w+)", r"blocks.\1.mlp.fc2.\2"),
)
_VIDEOMAE = r"(?:videomae\.)?"
_COUNTERS = (r".*\.num_batches_tracked",)

FAMILIES = (
    Family(
        "torchvision-mobilenet_v2",
        mark=r"features\.1\.conv\.0\.0\.weight",
        renames=((r"(features\.(?:\d|1[0-7])\..+)", r"\1"),),
        left=(r"features\.18\..+", r"classifier\..+"),
        absent=_COUNTERS,
    ),
    Family(
        "torchvision-s3d",
        mark=r"features\.5\.branch1\.1\.0\.0\.weight",
        renames=((r"(features\..+)", r"\1"),),
        left=(r"classifier\..+",),
        absent=_COUNTERS,
    ),
    Family(
        "videomae-hf",
        mark=_VIDEOMAE + r"encoder\.layer\.0\.attention\.attention\.query\.weight",
        renames=(
            (_VIDEOMAE + r"embeddings\.patch_embeddings\.projection\.(\w+)", r"patch_embed.proj.\1"),
            (
                _VIDEOMAE + r"encoder\.layer\.(\d+)\.attention\.attention\.(query|key|value)\.weight",
                r"blocks.\1.attn.\2.weight",
            ),
            (
                _VIDEOMAE + r"encoder\.layer\.(\d+)\.attention\.attention\.(q_bias|v_bias)",
                r"blocks.\1.attn.\2",
            ),
            (
                _VIDEOMAE + r"encoder\.layer\.(\d+)\.attention\.output\.dense\.(\w+)",
                r"blocks.\1.attn.proj.\2",
            ),
            (_VIDEOMAE + r"encoder\.layer\.(\d+)\.layernorm_before\.(\w+)", r"blocks.\1.norm1.\2"),
            (_VIDEOMAE + r"encoder\.layer\.(\d+)\.layernorm_after\.(\w+)", r"blocks.\1.norm2.\2"),
            *((pattern.format(_VIDEOMAE), ours) for pattern, ours in _HF_PERCEPTRON),
        ),
        left=(
            _VIDEOMAE + r"layernorm\.\w+",
            r"fc_norm\.\w+",
            r"classifier\.\w+",
            r"decoder\..+",
            r"encoder_to_decoder\.\w+",
            r"mask_token",
            r"position_embeddings",
        ),
        # Its positions are fixed sinusoids, the same that the network begins with.
        absent=("pos_embed",),
    ),
    Family(
        "vjepa2-hf",
        mark=r"encoder\.embeddings\.patch_embeddings\.proj\.weight",
        renames=(
            (r"encoder\.embeddings\.patch_embeddings\.proj\.(\w+)", r"patch_embed.proj.\1"),
            (
                r"encoder\.layer\.(\d+)\.attention\.(query|key|value)\.(weight|bias)",
                r"blocks.\1.attn.\2.\3",
            ),
            (r"encoder\.layer\.(\d+)\.attention\.proj\.(\w+)", r"blocks.\1.attn.proj.\2"),
            (r"encoder\.layer\.(\d+)\.((?:norm1|norm2|mlp\.fc1|mlp\.fc2)\.\w+)", r"blocks.\1.\2"),
        ),
        left=(r"encoder\.layernorm\.\w+", r"predictor\..+", r"pooler\..+", r"classifier\..+"),
    ),
    Family(
        "internvideo2",
        mark=r"blocks\.0\.attn\.q_norm\.weight",
        renames=((r"(patch_embed\.proj\.\w+|pos_embed|cls_token|blocks\..+)", r"\1"),),
        left=(
            r"(?:clip_projector|fc_norm|head|norm|clip_decoder|final_clip_decoder)\..+",
            r"(?:clip_pos_embed|clip_img_pos_embed|img_pos_embed)",
        ),
    ),
    Family(
        "umt",
        mark=r"(?:encoder\.)?blocks\.0\.attn\.q_bias",
        renames=_OWN_VIT,
        left=(
            r"(?:encoder\.)?(?:head|fc_norm|norm)\..+",
            r"(?:decoder|clip_decoder|encoder_to_decoder)\..+",
            r"(?:mask_token|clip_pos_embed)",
        ),
        # Files for 8 pictures keep no positions: theirs are the sinusoids that the network begins with.
        absent=("pos_embed",),
    ),
)


def family_of(tensors: Mapping[str, Tensor], source: str) -> Family:
    """The family that a checkpoint belongs to; raises `BadInput` for one that no converter knows."""
    for family in FAMILIES:
        if any(re.fullmatch(family.mark, name) for name in tensors):
            return family
    known = ", ".join(family.name for family in FAMILIES)
    raise BadInput(f"{source} is of no family of checkpoints that can be converted ({known})")


def convert(family: Family, tensors: Mapping[str, Tensor], source: str) -> Converted:
    """Rename every tensor, stack separate projections; raises `BadInput` for one that the family does not know."""
    renamed: dict[str, Tensor] = {}
    left, strange = [], []
    for name, tensor in tensors.items():
        if ours := _renamed(family, name):
            renamed[ours] = tensor.float() if tensor.is_floating_point() else tensor
        elif any(re.fullmatch(pattern, name) for pattern in family.left):
            left.append(name)
        else:
            strange.append(name)
    if strange:
        raise BadInput(
            f"{source} has {len(strange)} tensors that {family.name} should not have: {_some(strange)}"
        )
    return Converted(_stacked(renamed, source), left)


def _renamed(family: Family, name: str) -> str | None:
    for pattern, ours in family.renames:
        if match := re.fullmatch(pattern, name):
            return match.expand(ours)
    return None


def _stacked(tensors: dict[str, Tensor], source: str) -> dict[str, Tensor]:
    first = [name for name in tensors if re.search(r"\.query\.\w+$", name)]
    for name in first:
        parts = [name.replace(".query.", f".{part}.") for part in PARTS]
        if lacking := [part for part in parts if part not in tensors]:
            raise BadInput(f"{source} lacks {_some(lacking)}")
        tensors[name.replace(".query.", ".qkv.")] = torch.cat([tensors.pop(part) for part in parts])
    return tensors


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
