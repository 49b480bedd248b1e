"""Splitting clips into train, public test and private test, every part with the same kinds of content.

The clips are laid along a line on which neighbours look alike (recursive halving by the features' ranks), and
the parts are dealt out along that line, each in proportion to its size. The seed decides the order among
close neighbours. Only names, ranks and integers take part, so the result depends neither on the order of
the input nor on the last digits of a feature.
"""

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from processing.errors import BadInput

# The AIM24 set: 1000 / 200 / 300 of its 1500 clips.
AIM24_SHARES: Mapping[str, Fraction] = {
    "train": Fraction(2, 3),
    "public_test": Fraction(2, 15),
    "private_test": Fraction(1, 5),
}

# Features that differ by less than this (relative to 1) are one value: decoders may differ in the last digit.
_FEATURE_DECIMALS = 6


def part_sizes(clips: int, shares: Mapping[str, Fraction] = AIM24_SHARES) -> dict[str, int]:
    """How many of `clips` each part gets: largest remainder, and at least one clip a part.

    Equal remainders go to the part named first. A part that would stay empty takes a clip from the largest.
    Raises BadInput when there are fewer clips than parts or the shares do not add up to 1.
    """
    if any(share <= 0 for share in shares.values()) or sum(shares.values()) != 1:
        raise BadInput("the shares of a split must be positive and add up to 1")
    if clips < len(shares):
        raise BadInput(
            f"{clips} clip{'s' if clips != 1 else ''} cannot be split into {len(shares)} parts "
            f"({', '.join(shares)}): at least {len(shares)} are needed"
        )
    quotas = {part: share * clips for part, share in shares.items()}
    sizes = {part: int(quota) for part, quota in quotas.items()}
    by_remainder = sorted(shares, key=lambda part: sizes[part] - quotas[part])  # stable: first named wins
    for part in by_remainder[: clips - sum(sizes.values())]:
        sizes[part] += 1
    for part in shares:
        if sizes[part] == 0:
            sizes[max(sizes, key=lambda other: sizes[other])] -= 1
            sizes[part] = 1
    return sizes


def stratified_split(
    names: Sequence[str],
    features: ArrayLike,
    shares: Mapping[str, Fraction] = AIM24_SHARES,
    *,
    seed: int,
    groups: Sequence[str] | None = None,
) -> dict[str, list[str]]:
    """Deal clips into parts, each part a fair sample of the content.

    `features` is ``(N, F)``, one row a name, any units (only ranks count). `groups`, one label a name, keeps
    clips of one source in one part: then sizes are met as nearly as the groups allow.
    Returns part → sorted names, parts in the order of `shares`.
    Raises BadInput for repeated names, features that are not finite, and fewer clips or groups than parts.
    """
    table = _checked_features(names, features)
    sizes = part_sizes(len(names), shares)
    units = _units(names, groups)
    if len(units) < len(sizes):
        raise BadInput(
            f"clips of one source stay together, and there are only {len(units)} sources: "
            f"{len(sizes)} parts need at least {len(sizes)}"
        )
    position = {name: index for index, name in enumerate(names)}
    content = np.array([table[[position[name] for name in unit]].mean(axis=0) for unit in units])
    line = _content_line(content.round(_FEATURE_DECIMALS), min(shares.values()), random.Random(seed))
    # A source too big for the smallest part is placed before the others fill the large parts.
    line.sort(key=lambda index: -len(units[index]) if len(units[index]) > min(sizes.values()) else 0)
    return _deal([units[index] for index in line], sizes)


def split_report(
    parts: Mapping[str, Sequence[str]],
    names: Sequence[str],
    features: ArrayLike,
    feature_names: Sequence[str],
) -> dict[str, dict]:
    """How alike the parts came out: for each part its count, share and each feature's distribution.

    ``ks`` is the largest distance between the part's cumulative distribution and that of all clips (0 is a
    perfect likeness, 1 none). JSON-able.
    """
    table = _checked_features(names, features)
    position = {name: index for index, name in enumerate(names)}
    report = {}
    for part, members in parts.items():
        rows = table[[position[name] for name in members]]
        report[part] = {
            "clips": len(members),
            "share": len(members) / len(names),
            "features": {
                label: _distribution(rows[:, column], table[:, column])
                for column, label in enumerate(feature_names)
            },
        }
    return report


def _checked_features(names: Sequence[str], features: ArrayLike) -> NDArray[np.float64]:
    table = np.asarray(features, dtype=np.float64)
    if table.ndim != 2 or len(table) != len(names):
        raise BadInput(
            f"a split needs one row of features a clip: {len(names)} clips, features {table.shape}"
        )
    if len(set(names)) != len(names):
        repeated = sorted({name for name in names if list(names).count(name) > 1})
        raise BadInput(f"a clip is named twice: {', '.join(repeated)}")
    if not np.isfinite(table).all():
        broken = sorted({names[row] for row in np.argwhere(~np.isfinite(table))[:, 0]})
        raise BadInput(
            f"the content features of {', '.join(broken)} are not finite: measure these clips again"
        )
    return table


def _units(names: Sequence[str], groups: Sequence[str] | None) -> list[list[str]]:
    """The clips that must stay together, as sorted lists in the order of their first names."""
    if groups is None:
        return [[name] for name in sorted(names)]
    if len(groups) != len(names):
        raise BadInput(f"{len(names)} clips, but {len(groups)} groups: give one group a clip")
    members: dict[str, list[str]] = {}
    for name, group in sorted(zip(names, groups, strict=True)):
        members.setdefault(group, []).append(name)
    return sorted(members.values())


def _content_line(features: NDArray[np.float64], smallest: Fraction, rng: random.Random) -> list[int]:
    """Indices of the rows in an order in which neighbours have like content, shuffled among close neighbours.

    Halves the set at the median rank of one feature after another until the blocks are about as long as the
    smallest part's spacing on the line. Equal values keep the order of the rows.
    """
    block = max(2, round(1 / smallest))
    ranks = np.argsort(np.argsort(features, axis=0, kind="stable"), axis=0, kind="stable")

    def walk(rows: list[int], depth: int) -> list[int]:
        if len(rows) <= block or features.shape[1] == 0:
            rng.shuffle(rows)
            return rows
        column = depth % features.shape[1]
        ordered = sorted(rows, key=lambda row: ranks[row, column])
        middle = len(ordered) // 2
        return walk(ordered[:middle], depth + 1) + walk(ordered[middle:], depth + 1)

    return walk(list(range(len(features))), 0)


def _deal(units: Sequence[list[str]], sizes: Mapping[str, int]) -> dict[str, list[str]]:
    """Hand the units out in their order, each to the part that is furthest behind its proportion so far."""
    parts: dict[str, list[str]] = {part: [] for part in sizes}
    total, dealt = sum(sizes.values()), 0
    for index, unit in enumerate(units):
        dealt += len(unit)
        room = {part: sizes[part] - len(parts[part]) for part in sizes}
        empty = [part for part in sizes if not parts[part]]
        if len(units) - index <= len(empty):
            candidates = empty
        else:
            candidates = [part for part in sizes if room[part] >= len(unit)] or [
                max(sizes, key=lambda part: room[part])
            ]
        behind = {part: sizes[part] * dealt - len(parts[part]) * total for part in candidates}
        parts[max(candidates, key=lambda part: behind[part])] += unit
    return {part: sorted(members) for part, members in parts.items()}


def _distribution(sample: NDArray[np.float64], everything: NDArray[np.float64]) -> dict[str, float]:
    grid = np.sort(everything)
    below = np.searchsorted(np.sort(sample), grid, side="right") / len(sample)
    below_all = np.searchsorted(grid, grid, side="right") / len(grid)
    low, first, median, third, high = np.quantile(sample, [0, 0.25, 0.5, 0.75, 1])
    return {
        "min": float(low),
        "quarter": float(first),
        "median": float(median),
        "three_quarters": float(third),
        "max": float(high),
        "mean": float(sample.mean()),
        "ks": float(np.abs(below - below_all).max()),
    }
